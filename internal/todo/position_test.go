package todo

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPositionEnds(t *testing.T) {
	for _, test := range []struct{ last, want string }{
		{"", "h0000000"},
		{"h0000000", "h0000001"},
		{"h000000z", "h0000010"},
		{"h0000000abc", "h0000001"},
		{"zzzzzzzz", "zzzzzzzzh0000000"},
	} {
		if got := positionAfter(test.last); got != test.want || got <= test.last {
			t.Errorf("after %q: %q, want %q", test.last, got, test.want)
		}
	}
	for _, test := range []struct{ first, want string }{
		{"h0000000", "gzzzzzzz"},
		{"h0000010", "h000000z"},
		{"h0000001abc", "h0000000"},
		{"00000000h", "000000008"},
	} {
		if got, ok := positionBefore(test.first); !ok || got != test.want || got >= test.first {
			t.Errorf("before %q: %q, %t, want %q", test.first, got, ok, test.want)
		}
	}
	if p, ok := positionBefore("00000000"); ok {
		t.Errorf("before the least of all: %q", p)
	}
}

func TestPositionBetween(t *testing.T) {
	for _, test := range []struct{ a, b, want string }{
		{"h0000000", "h0000001", "h0000000g"},
		{"h0000000", "h0000002", "h0000001"},
		{"h0000000", "j0000000", "h000000g"},
		{"h0000000g", "h0000001", "h0000000r"},
		{"h0000000z", "h0000001", "h0000000zg"},
		{"h0000000", "h0000000g", "h00000008"},
		{"h0000000", "h00000001", "h00000000g"},
		{"h0000000g", "h0000001g", "h0000001"},
		{"", "h0000000", "80000000"},
		{"h0000000", "h0000000", ""},
		{"h0000001", "h0000000", ""},
	} {
		p, ok := positionBetween(test.a, test.b)
		if ok != (test.want != "") || ok && (p <= test.a || p >= test.b) {
			t.Errorf("between %q and %q: %q, %t", test.a, test.b, p, ok)
		}
		if ok && len(p) > len(test.want) {
			t.Errorf("between %q and %q: %q, which is longer than %q", test.a, test.b, p, test.want)
		}
	}
}

// TestPositionsHaveRoom splits the gap at hand again and again, on either side.
func TestPositionsHaveRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := "h0000000", "h0000001"
		for range rapid.IntRange(1, 200).Draw(t, "splits") {
			p, ok := positionBetween(a, b)
			if !ok || p <= a || p >= b || len(p) < positionWidth || len(p) > positionWidth && strings.HasSuffix(p, "0") {
				t.Fatalf("between %q and %q: %q, %t", a, b, p, ok)
			}
			if rapid.Bool().Draw(t, "above") {
				b = p
			} else {
				a = p
			}
		}
	})
}

func TestSpreadPositions(t *testing.T) {
	all := make([]string, 1000)
	if !spreadPositions(all, "h0000000", "h0000001", spreadTo) {
		t.Fatal("no room for a thousand")
	}
	last := "h0000000"
	for _, p := range all {
		if p <= last || p >= "h0000001" || len(p) > positionWidth+3 {
			t.Errorf("%q after %q", p, last)
		}
		last = p
	}
	if spreadPositions(make([]string, 1), "h0000000", "h0000001", positionWidth) {
		t.Error("a position is longer than the limit")
	}
}
