// SPDX-License-Identifier: Apache-2.0

// Go's own resolver: for each name on stdin, a line with its addresses in the order in which they come, or why there
// are none.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

func main() {
	resolver := net.Resolver{PreferGo: true}
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		addresses, err := resolver.LookupHost(context.Background(), names.Text())
		var failed *net.DNSError
		switch {
		case err == nil:
			fmt.Println(strings.Join(addresses, " "))
		case errors.As(err, &failed) && failed.IsNotFound:
			fmt.Println("no such name")
		default:
			fmt.Println("no answer")
		}
	}
}
