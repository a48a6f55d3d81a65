module greenio.test/bench

go 1.19
