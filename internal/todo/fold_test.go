package todo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	for s, want := range map[string][]string{
		"":                            nil,
		" -!? ☃":                      nil,
		"Buy milk, eggs & 2 loaves":   {"buy", "milk", "eggs", "2", "loaves"},
		"don't re-read a_b":           {"don", "t", "re", "read", "a", "b"},
		"Crème Brûlée ÅNGSTRÖM":       {"creme", "brulee", "angstrom"},
		"Cre\u0300me":                 {"creme"}, // as a base and a mark
		"ΟΔΟΣ οδός":                   {"οδοσ", "οδοσ"},
		"ﬁle Ｆｕｌｌ ①":                  {"file", "full", "1"},
		"İstanbul":                    {"istanbul"},
		"牛奶 and 卵":                    {"牛", "奶", "and", "卵"},
		"買うmilk2本":                    {"買", "う", "milk2", "本"},
		"ガギ":                          {"カ", "キ"},
		"한국어 공부":                      {"한국어", "공부"},
		"ภาษา":                        {"ภ", "า", "ษ", "า"},
		"हिन्दी":                      {"हिनदी"},
		"ẞ straße":                    {"ß", "straße"},
		strings.Repeat("x", 40):       {strings.Repeat("x", 32)},
		strings.Repeat("я", 20):       {strings.Repeat("я", 16)},
		strings.Repeat("x", 31) + "я": {strings.Repeat("x", 31)},
	} {
		if got := words(s); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestSearchWords are few enough, and the text's come first.
func TestSearchWords(t *testing.T) {
	var notes strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&notes, "n%d ", i)
	}
	found := searchWords(Todo{Text: "milk Milk", Tags: []string{"big-plan"}, Notes: notes.String()})
	if len(found) != maxWords || !slices.Equal(found[:4], []string{"milk", "big", "plan", "n0"}) {
		t.Errorf("%d words, first %q", len(found), found[:4])
	}
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"Crème Brûlée", "牛奶", "ﷺ ẞ İ ΟΔΟΣ", "한국어", "\xff\u0345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range words(s) {
			if w == "" || len(w) > maxWordBytes || utf8.ValidString(s) && !utf8.ValidString(w) || strings.ContainsAny(w, "\x00 ") {
				t.Errorf("%q has the word %q", s, w)
			}
		}
	})
}

// TestIndexKeys are what the planner relies on: without repetition, of one id, and in
// the view's order under every term.
func TestIndexKeys(t *testing.T) {
	a := Todo{
		ID: "t1", Text: "Milk milk", Notes: "oat", List: "Home", Tags: []string{"home", "milk"}, Priority: PriorityHigh, ParentID: "t0",
		UID: "a b@c", Due: "2026-11-27", Repeat: "FREQ=DAILY", Position: "h1",
	}
	keys := IndexKeys(a)
	want := []string{"o", "olhome", "oghome", "ogmilk", "ophigh", "ost0", "oua b@c", "ohdue", "ohnotes", "ohrepeat", "ohtag", "owmilk", "owhome", "owoat", "o@c", "o@d"}
	for i, key := range keys {
		term, slot, _ := strings.Cut(key, "\x00")
		if term != want[i] || KeyID(key) != "t1" || i < len(keys)-2 && slot != a.SortKey() {
			t.Errorf("key %d: %q, want the term %q", i, key, want[i])
		}
	}
	slices.Sort(keys)
	if len(keys) != len(want) || len(slices.Compact(keys)) != len(want) {
		t.Errorf("%d keys, want %d", len(keys), len(want))
	}
	counters := []string{"vo", "lhome\x00Home\x00o", "ghome\x00home\x00o", "gmilk\x00milk\x00o", "s", "pt0o"}
	if got := CounterKeys(a); !slices.Equal(got, counters) {
		t.Errorf("counters %q, want %q", got, counters)
	}
	if got := CounterKeys(Todo{ID: "t1", ParentID: "t0", DeletedAt: a.CreatedAt.Add(1)}); !slices.Equal(got, []string{"vt"}) {
		t.Errorf("counters in the trash %q", got)
	}
}
