package remote

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// mountOperation adds what an operator's machinery asks for.
func mountOperation(mux *http.ServeMux, draining *atomic.Bool, metrics http.Handler) {
	mux.Handle("GET /healthz", httpx.API(func(w http.ResponseWriter, _ *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	}))
	mux.Handle("GET /readyz", httpx.API(func(w http.ResponseWriter, _ *http.Request) error {
		if draining.Load() {
			return &todo.Error{Code: todo.CodeUnavailable, Message: "the server is stopping"}
		}
		return httpx.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	}))
	mux.Handle("GET /metrics", metrics)
}

// measurements are the server's OpenTelemetry metrics, exported to Prometheus.
type measurements struct {
	handler  http.Handler
	duration metric.Float64Histogram
	now      func() time.Time
}

func newMeasurements(now func() time.Time) (*measurements, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, err
	}
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)).Meter("todo")
	duration, err := meter.Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10))
	return &measurements{handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), duration: duration, now: now}, err
}

// measure wraps the router, which notes the matched route in the request.
func (m *measurements) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := m.now()
		next.ServeHTTP(w, r)
		m.duration.Record(r.Context(), m.now().Sub(began).Seconds(), metric.WithAttributeSet(attribute.NewSet(
			attribute.String("http.request.method", method(r.Method)),
			attribute.String("http.route", r.Pattern),
			attribute.Int("http.response.status_code", httpx.Status(w)),
		)))
	})
}

// method keeps a client from making up label values.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodHead:
		return m
	}
	return "_OTHER"
}
