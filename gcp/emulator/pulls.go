package emulator

import "net/http"

func newPulls(*Server) http.Handler { return http.NotFoundHandler() }
