package rest

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzDecode holds the strict decoder to encoding/json: what it takes means the
// same there, and is written back without loss.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"text":"a","notes":null,"completed":true}`, `{"text":"\ud83e\udd5b"}`, `{"text":"\ud83e"}`, `{"text":"\\ud83e"}`,
		"{\"text\":\"\xff\"}", `{"text":"a","text":"b"}`, `{"te\u0078t":"a"}`, `{"x":[{}]}`, `{"text":"a"} {}`, `[]`, `{"notes":"\uFFFD"}`, `{"text":"\"\u0000"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got struct {
			text      *string
			completed *bool
			notes     nullable[string]
		}
		if decode(raw, fields{"text": &got.text, "notes": &got.notes, "completed": &got.completed}) != nil {
			return
		}
		var want struct {
			Text      *string
			Notes     *string
			Completed *bool
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("%q: encoding/json refuses it: %v", raw, err)
		}
		if !same(got.text, want.Text) || !same(got.completed, want.Completed) || want.Notes != nil && !same(got.notes.value, want.Notes) {
			t.Errorf("%q: decoded otherwise than by encoding/json", raw)
		}
		if got.text != nil && bytes.ContainsRune([]byte(*got.text), utf8.RuneError) && !sentRuneError(raw) {
			t.Errorf("%q: the text was altered to %q", raw, *got.text)
		}
	})
}

func same[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func sentRuneError(raw []byte) bool {
	return bytes.ContainsRune(raw, utf8.RuneError) || bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`))
}
