// The reverse proxy that anybody would write in Go.
package main

import (
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	target, err := url.Parse("http://127.0.0.1:" + os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	// Two idle connections per host, the default, would measure connecting instead of forwarding.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 256
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], httputil.NewSingleHostReverseProxy(target)))
}
