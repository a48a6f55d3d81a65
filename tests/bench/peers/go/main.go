// Go's side of the native benchmarks: goroutines on one processor, as greenio's tasks are on one
// thread. Usage: go_peer switch|spawn|pingpong COUNT, or go_peer parked GOROUTINES. Prints one
// number: nanoseconds an operation, or resident bytes a goroutine. Servers are go_peer echo 0,
// go_peer http BYTES MILLISECONDS, go_peer http_pg CONNINFO and go_peer tls FILE.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Two goroutines that yield in turn; one operation is one switch.
func switches(count int) int {
	var both sync.WaitGroup
	both.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			for n := 0; n < count; n++ {
				runtime.Gosched()
			}
			both.Done()
		}()
	}
	both.Wait()
	return 2 * count
}

// A goroutine at a time: started, run, waited for.
func spawns(count int) int {
	var ended sync.WaitGroup
	ran := 0
	for n := 0; n < count; n++ {
		ended.Add(1)
		go func() {
			ran++
			ended.Done()
		}()
		ended.Wait()
	}
	return ran
}

// Two goroutines over two unbuffered channels; one operation is one round, there and back.
func pingpong(count int) int {
	there, back := make(chan int), make(chan int)
	go func() {
		for item := range there {
			back <- item
		}
	}()
	for n := 0; n < count; n++ {
		there <- n
		if <-back != n {
			panic("another item came back")
		}
	}
	close(there)
	return count
}

func nanoseconds(body func(int) int, count int) float64 {
	runtime.GOMAXPROCS(1)
	body(count/10 + 1)
	start := time.Now()
	operations := body(count)
	return float64(time.Since(start).Nanoseconds()) / float64(operations)
}

func residentBytes() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		panic(err)
	}
	return resident * os.Getpagesize()
}

var started int64

//go:noinline
func inner() {
	atomic.AddInt64(&started, 1)
	time.Sleep(time.Hour)
}

//go:noinline
func outer() {
	inner()
}

func parked(count int) float64 {
	before := residentBytes()
	for i := 0; i < count; i++ {
		go outer()
	}
	for atomic.LoadInt64(&started) < int64(count) {
		runtime.Gosched()
	}
	return float64(residentBytes()-before) / float64(count)
}

// An echo server, a goroutine a connection; prints its port and serves until it is killed.
func echo() {
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer connection.Close()
			data := make([]byte, 16384)
			for {
				count, err := connection.Read(data)
				if err != nil {
					return
				}
				if _, err := connection.Write(data[:count]); err != nil {
					return
				}
			}
		}()
	}
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "http" {
		size, _ := strconv.Atoi(os.Args[2])
		milliseconds, _ := strconv.Atoi(os.Args[3])
		serveHTTP(size, milliseconds)
	}
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go_peer switch|spawn|pingpong|parked|echo COUNT")
		os.Exit(2)
	}
	if os.Args[1] == "http_pg" {
		serveHTTPWithPostgres(os.Args[2])
	}
	if os.Args[1] == "tls" {
		serveTLS(os.Args[2])
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	switch os.Args[1] {
	case "switch":
		fmt.Println(nanoseconds(switches, count))
	case "spawn":
		fmt.Println(nanoseconds(spawns, count))
	case "pingpong":
		fmt.Println(nanoseconds(pingpong, count))
	case "parked":
		fmt.Println(parked(count))
	case "echo":
		echo()
	default:
		fmt.Fprintln(os.Stderr, "go_peer: no such benchmark:", os.Args[1])
		os.Exit(2)
	}
}
