package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"time"
)

// An HTTP server that answers with so many bytes, after so many milliseconds; prints its port and
// serves until it is killed.
func serveHTTP(size int, milliseconds int) {
	runtime.GOMAXPROCS(1)
	body := bytes.Repeat([]byte("x"), size)
	length := strconv.Itoa(size)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		if milliseconds > 0 {
			time.Sleep(time.Duration(milliseconds) * time.Millisecond)
		}
		answer.Header().Set("Content-Type", "text/plain")
		answer.Header().Set("Content-Length", length)
		answer.Write(body)
	})))
}
