package main

import (
	"database/sql"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"runtime"

	_ "github.com/lib/pq"
)

const (
	rows        = 1000000
	connections = 8
)

// An HTTP server whose requests select by primary key, prepared, on 8 connections; prints its port
// and serves until it is killed.
func serveHTTPWithPostgres(conninfo string) {
	runtime.GOMAXPROCS(1)
	database, err := sql.Open("postgres", conninfo)
	if err != nil {
		panic(err)
	}
	database.SetMaxOpenConns(connections)
	database.SetMaxIdleConns(connections)
	selects, err := database.Prepare("SELECT abalance FROM pgbench_accounts WHERE aid = $1")
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		var balance int
		if err := selects.QueryRow(1 + rand.Intn(rows)).Scan(&balance); err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		answer.Header().Set("Content-Type", "text/plain")
		fmt.Fprintln(answer, balance)
	})))
}
