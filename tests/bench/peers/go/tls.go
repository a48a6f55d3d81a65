package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
)

func echoSecured(connection net.Conn) {
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
}

// An echo server with TLS, whose certificate and key are in a file.
func serveTLS(file string) {
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err == io.EOF {
			return
		}
		if err == nil {
			go echoSecured(connection)
		}
	}
}
