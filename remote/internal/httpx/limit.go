package httpx

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"todo.example/internal/todo"
)

// limitedCallers is how many callers are remembered. One that is forgotten begins
// with a full budget again.
const limitedCallers = 10_000

// The headers that tell a caller of its budget (draft-ietf-httpapi-ratelimit-headers-10).
const (
	headerPolicy = "RateLimit-Policy"
	headerLimit  = "RateLimit"
)

// Caller is who has a budget of requests: a person at one door of the server, so
// that neither another person nor the same one's other programs pay for it.
type Caller struct{ Door, Person string }

// Limiter gives each caller a budget: a burst of requests, which fills up again at
// a steady rate.
type Limiter struct {
	now     func() time.Time
	rate    rate.Limit // requests a second
	burst   int
	window  int // seconds in which an empty budget is full again
	callers *lru.Cache[Caller, *rate.Limiter]
}

// NewLimiter returns a Limiter of perMinute requests on end and burst at once; both
// are at least 1. now is the clock.
func NewLimiter(perMinute, burst int, now func() time.Time) (*Limiter, error) {
	callers, err := lru.New[Caller, *rate.Limiter](limitedCallers)
	perSecond := rate.Limit(perMinute) / 60
	window := int(math.Ceil(float64(burst) / float64(perSecond)))
	return &Limiter{now: now, rate: perSecond, burst: burst, window: window, callers: callers}, err
}

// Take takes a request off its caller's budget and tells the caller, in the answer's
// header, what is left. It fails with CodeRateLimited when nothing is.
func (l *Limiter) Take(h http.Header, c Caller) error {
	now, budget := l.now(), l.of(c)
	ok := budget.AllowN(now, 1)
	left := budget.TokensAt(now)
	door := strconv.Quote(c.Door)
	h.Set(headerPolicy, door+";q="+strconv.Itoa(l.burst)+";w="+strconv.Itoa(l.window))
	h.Set(headerLimit, door+";r="+strconv.Itoa(max(int(left), 0))+";t="+strconv.Itoa(l.seconds(float64(l.burst)-left)))
	if ok {
		return nil
	}
	wait := l.seconds(1 - left)
	h.Set("Retry-After", strconv.Itoa(wait))
	return &todo.Error{Code: todo.CodeRateLimited, Message: fmt.Sprintf("too many requests: %d at once are possible, and %.0f a minute", l.burst, float64(l.rate)*60), Hint: fmt.Sprintf("wait %d s and send this one again; nothing was changed", wait)}
}

// of returns the caller's budget. Two requests that both bring a new caller may
// each make one; the later counts.
func (l *Limiter) of(c Caller) *rate.Limiter {
	if budget, ok := l.callers.Get(c); ok {
		return budget
	}
	budget := rate.NewLimiter(l.rate, l.burst)
	l.callers.Add(c, budget)
	return budget
}

// seconds returns how long so many requests take to come back, at least 1.
func (l *Limiter) seconds(requests float64) int {
	return max(int(math.Ceil(requests/float64(l.rate))), 1)
}
