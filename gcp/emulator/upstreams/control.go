package upstreams

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Handler lists the registries and switches their faults for another process:
//
//	GET  /emulator/v1/upstreams                      {"upstreams": [...]}
//	POST /emulator/v1/upstreams/NAME?fault=limited   the registry as it is then
//
// The list shows the demo credentials: they are published anyway.
func (s *Set) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emulator/v1/upstreams", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"upstreams": s.All()})
	})
	mux.HandleFunc("POST /emulator/v1/upstreams/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if err := s.SetFault(name, Fault(r.URL.Query().Get("fault"))); err != nil {
			code := http.StatusBadRequest
			if errors.Is(err, ErrUnknown) {
				code = http.StatusNotFound
			}
			answer(w, code, map[string]any{"error": err.Error()})
			return
		}
		registry, _ := s.Lookup(name)
		answer(w, http.StatusOK, registry)
	})
	return mux
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
