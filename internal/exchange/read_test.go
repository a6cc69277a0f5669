package exchange_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
	"todo.example/internal/when"
)

func TestFormats(t *testing.T) {
	for _, info := range exchange.Formats() {
		if f, err := exchange.ParseFormat(strings.ToUpper(string(info.Format))); err != nil || f != info.Format {
			t.Errorf("%s is parsed as %q, %v", info.Format, f, err)
		}
		if info.Title == "" || info.MediaType == "" || !strings.HasPrefix(info.Extension, ".") || !info.Read {
			t.Errorf("%+v", info)
		}
		if err := exchange.Write(io.Discard, info.Format, nil, options(t)); (err == nil) != info.Write {
			t.Errorf("write %s: %v", info.Format, err)
		}
		if !info.Write {
			continue
		}
		if got := read(t, info.Format, written(t, info.Format, nil, options(t)), options(t)); len(got) > 0 {
			t.Errorf("no todos as %s are read as %v", info.Format, got)
		}
	}
	for name, want := range map[string]exchange.Format{"todo.txt": exchange.TodoTxt, "iCal": exchange.ICS, " markdown ": exchange.Markdown, ".csv": exchange.CSV, "jsonl": exchange.NDJSON} {
		if f, err := exchange.ParseFormat(name); err != nil || f != want {
			t.Errorf("%s is parsed as %q, %v", name, f, err)
		}
	}
	for _, name := range []string{"", "xml", "todos"} {
		_, err := exchange.ParseFormat(name)
		if e := todo.AsError(err); err == nil || e.Code != todo.CodeInvalid || e.Field != "format" || !strings.Contains(e.Hint, "todotxt") {
			t.Errorf("%s: %+v", name, err)
		}
	}
	if _, _, err := exchange.Read(strings.NewReader(""), "xml", options(t)); todo.AsError(err).Code != todo.CodeInvalid {
		t.Errorf("read: %v", err)
	}
	if err := exchange.Write(io.Discard, "xml", nil, options(t)); todo.AsError(err).Code != todo.CodeInvalid {
		t.Errorf("write: %v", err)
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct {
		name, head string
		want       exchange.Format
	}{
		{"", "\ufeffBEGIN:VCALENDAR\r\n", exchange.ICS},
		{"x.txt", "begin:vcalendar\n", exchange.ICS},
		{"", `{"todos":[`, exchange.JSON},
		{"a.ndjson", `{"text":`, exchange.NDJSON},
		{"a.json", "[\n{\"id\":1,\"description\":\"x\",\"uuid\":\"y\"", exchange.Taskwarrior},
		{"a.csv", "TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT", exchange.TodoistCSV},
		{"a.CSV", "x,y", exchange.CSV},
		{"a.tsv", "x", exchange.TSV},
		{"", "Title;Due date\n", exchange.CSV},
		{"todo.txt", "(A) x", exchange.TodoTxt},
		{"notes.txt", "# a\n\n- [ ] x\n", exchange.Markdown},
		{"", "- [x] x\n", exchange.Markdown},
		{"", "(A) call +Mom\n", exchange.TodoTxt},
		{"a.md", "", exchange.Markdown},
		{"", "[link](x)", ""},
		{"a.pdf", "%PDF", ""},
		{"", "", ""},
	} {
		if got, ok := exchange.Detect(test.name, []byte(test.head)); got != test.want || ok != (test.want != "") {
			t.Errorf("%q, %q: %q, %v", test.name, test.head, got, ok)
		}
	}
}

// TestFormulas wants no cell that a spreadsheet runs, and every text back.
func TestFormulas(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "'quoted'", "=cmd|' /C calc'!A0", "＝1", "a=1", "'"} {
		for _, f := range []exchange.Format{exchange.CSV, exchange.TSV} {
			out := written(t, f, []todo.Todo{{ID: "a1", Text: text, Notes: "\t" + text, List: "=" + text}}, options(t))
			r := csv.NewReader(strings.NewReader(out))
			if f == exchange.TSV {
				r.Comma = '\t'
			}
			rows, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, cell := range rows[1] {
				if cell != "" && strings.ContainsRune("=+-@\t\r＝", []rune(cell)[0]) {
					t.Errorf("%s: the cell %q is a formula", f, cell)
				}
			}
			if got := read(t, f, out, options(t))[0].Todo; got.Text != text || got.Notes != "\t"+text || got.List != "="+text {
				t.Errorf("%s: %q came back as %+v", f, text, got)
			}
		}
	}
}

// TestBroken wants the lines that cannot be read by their numbers, and the rest.
func TestBroken(t *testing.T) {
	type amiss struct {
		line int
		kept bool
	}
	for _, test := range []struct {
		name   string
		format exchange.Format
		text   string
		want   []string
		amiss  []amiss
	}{
		{"csv", exchange.CSV, "title,due\na,\nb\"c,\n,x\n\"d\n\",someday\ne,f,g\nh,2026-11-27\n", []string{"a", "d", "h"}, []amiss{{3, false}, {4, true}, {4, false}, {5, true}, {7, false}}},
		{"json", exchange.JSON, "{\"todos\":[\n{\"text\":\"a\"},\n{\"text\":1},\n[],\n{\"title\":\"b\",\"x\":1},\n{\"text\":\"c\",\"due\":\"someday\"}\n]}", []string{"a", "b", "c"}, []amiss{{3, false}, {4, false}, {6, true}, {0, true}}},
		{"json, cut off", exchange.JSON, "[\n{\"text\":\"a\"},\n{\"text\":\"b", []string{"a"}, []amiss{{3, false}}},
		{"bare objects", exchange.NDJSON, "{\"text\":\"a\"}\n{\"text\":\"\"}\n{\"text\":\"b\"}\nnonsense\n{\"text\":\"c\"}", []string{"a", "b"}, []amiss{{2, false}, {4, false}}},
		{"json parents", exchange.JSON, `[{"id":"a","text":"a","parentID":"b"},{"id":"b","text":"b","parentID":"a"},{"text":"c","parentID":"z"},{"id":"d","text":"d","parentID":"d"}]`, []string{"a", "b", "c", "d"}, []amiss{{1, true}, {1, true}, {1, true}, {1, true}}},
		{"json, below a circle", exchange.JSON, `[{"id":"a","text":"a","parentID":"b"},{"id":"b","text":"b","parentID":"c"},{"id":"c","text":"c","parentID":"b"}]`, []string{"a", "b", "c"}, []amiss{{1, true}, {1, true}, {1, true}}},
		{"json, a huge todo", exchange.JSON, `[{"text":"a","notes":"` + strings.Repeat("x", 257<<10) + `"},{"text":"b"}]`, []string{"b"}, []amiss{{1, false}}},
		{"todo.txt", exchange.TodoTxt, "a\n\nb due:soon\nc pri:AA\n", []string{"a", "b", "c"}, []amiss{{3, true}, {4, true}}},
		{"ics", exchange.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a\nDUE:2026\nPRIORITY:99\nDUE;TZID=\"x:2\nnonsense\nEND:VTODO\nBEGIN:VTODO\nSUMMARY:b\n", []string{"a"}, []amiss{{6, false}, {7, false}, {2, true}, {2, true}, {9, false}}},
		{"markdown", exchange.Markdown, "- [ ] a\n- [ ]\n- [ ] b 📅 2026-02-30\n", []string{"a", "b"}, []amiss{{2, false}, {3, true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			items, found, err := exchange.Read(strings.NewReader(test.text), test.format, options(t))
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, item := range items {
				texts = append(texts, item.Todo.Text)
			}
			var got []amiss
			for _, e := range found {
				got = append(got, amiss{e.Line, e.Kept})
			}
			if diff := cmp.Diff(test.want, texts); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.amiss, got, cmp.AllowUnexported(amiss{})); diff != "" {
				t.Errorf("%s\n%+v", diff, found)
			}
		})
	}
}

// TestRefused wants a reason for each file that cannot be read at all.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name    string
		format  exchange.Format
		text    string
		code    todo.Code
		message string
	}{
		{"UTF-16", exchange.CSV, "\xff\xfet\x00", todo.CodeInvalid, "the file is UTF-16"},
		{"Latin-1", exchange.TodoTxt, "a\nb\ngr\xfcn\n", todo.CodeInvalid, "line 3 is not valid UTF-8"},
		{"Latin-1, JSON", exchange.JSON, "[\n{\"text\":\"gr\xfcn\"}]", todo.CodeInvalid, "line 2 is not valid UTF-8"},
		{"too large", exchange.TodoTxt, strings.Repeat("a\n", exchange.MaxBytes/2+1), todo.CodeTooLarge, "the file has more than 16 MiB"},
		{"too many", exchange.TodoTxt, strings.Repeat("a\n", todo.MaxImport+1), todo.CodeQuota, "at most 10000 todos in one import are allowed"},
		{"not JSON", exchange.JSON, "<html>", todo.CodeInvalid, "the file is not JSON (line 1)"},
		{"no columns", exchange.CSV, "a,b\nc,d\n", todo.CodeInvalid, "the first line names no column for the text (text, title, task, content …)"},
		{"no calendar", exchange.ICS, "x\n", todo.CodeInvalid, "the file is not an iCalendar: it has no BEGIN:VCALENDAR"},
		{"nothing but faults", exchange.JSON, "[" + strings.Repeat("1,", 2000) + "1]", todo.CodeInvalid, "more than 1000 lines cannot be read"},
		{"deep", exchange.ICS, strings.Repeat("BEGIN:VTODO\n", 30), todo.CodeInvalid, "line 21 begins a component too deep inside of others"},
		{"a long row", exchange.CSV, "title\n" + strings.Repeat(",", 300<<10), todo.CodeInvalid, "line 2 has more than 256 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			items, _, err := exchange.Read(strings.NewReader(test.text), test.format, options(t))
			if e := todo.AsError(err); err == nil || e.Code != test.code || e.Message != test.message || e.Hint == "" || items != nil {
				t.Errorf("%d items, %+v", len(items), err)
			}
		})
	}
	broken := fmt.Errorf("the line went dead")
	if _, _, err := exchange.Read(io.MultiReader(strings.NewReader("a"), failing{broken}), exchange.CSV, options(t)); !errors.Is(err, broken) {
		t.Errorf("a reader's failure: %v", err)
	}
	if err := exchange.Write(failing{broken}, exchange.ICS, nil, options(t)); !errors.Is(err, broken) {
		t.Errorf("a writer's failure: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestUIDs wants todos that their file has no names for to get the same ones each
// time, and others for others.
func TestUIDs(t *testing.T) {
	text := "- [ ] a\n  - [ ] b\n- [ ] a\n  - [ ] c\n"
	first, second := read(t, exchange.Markdown, text, options(t)), read(t, exchange.Markdown, text, options(t))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	if first[0].Todo.UID == first[2].Todo.UID || first[1].Parent != first[0].Todo.UID || first[3].Parent != first[2].Todo.UID || first[1].Todo.UID != "" {
		t.Errorf("%+v", first)
	}
	twice := []todo.Todo{{ID: "a1", UID: "u", Text: "a"}, {ID: "a2", UID: "u", Text: "b"}, {ID: "a3", Text: "c", ParentID: "a2"}}
	got := read(t, exchange.ICS, written(t, exchange.ICS, twice, options(t)), options(t))
	if got[0].Todo.UID != "u" || got[1].Todo.UID != "a2" || got[2].Parent != "a2" {
		t.Errorf("%+v", got)
	}
}

func TestName(t *testing.T) {
	o := options(t)
	o.Name = "Work"
	got := read(t, exchange.CSV, "title,list\na,\nb,Home\nc,inbox\n", o)
	if got[0].Todo.List != "Work" || got[1].Todo.List != "Home" || got[2].Todo.List != "" {
		t.Errorf("%+v", got)
	}
}

// TestExpensive wants files made to be slow to be read in a moment all the same.
func TestExpensive(t *testing.T) {
	for name, test := range map[string]struct {
		format exchange.Format
		text   string
	}{
		"params":  {exchange.ICS, "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VTODO\nDUE"+strings.Repeat(";A=b", 120)+":x\nEND:VTODO\n", 1000)},
		"folds":   {exchange.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:" + strings.Repeat("a\n ", 1<<17)},
		"tags":    {exchange.Markdown, strings.Repeat("- [ ] a"+strings.Repeat(" #b", 80_000)+"\n", 2)},
		"signs":   {exchange.Markdown, strings.Repeat("- [ ] a"+strings.Repeat(" 📅 x", 20_000)+"\n", 2)},
		"words":   {exchange.TodoTxt, strings.Repeat(strings.Repeat("due:x ", 40_000)+"\n", 2)},
		"nesting": {exchange.JSON, strings.Repeat("[", 1<<18)},
		"objects": {exchange.JSON, strings.Repeat(`{"a":`, 1<<18)},
		"cells":   {exchange.CSV, "title\n" + strings.Repeat(strings.Repeat(",", 200<<10)+"\n", 2)},
		"chain":   {exchange.CSV, chain()},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			exchange.Read(strings.NewReader(test.text), test.format, options(t))
			runtime.ReadMemStats(&after)
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 600 {
				t.Errorf("allocated %d MiB", mib)
			}
		})
	}
}

// chain is a table in which each todo is below the one before.
func chain() string {
	var b strings.Builder
	b.WriteString("id,title,parent\n")
	for i := range todo.MaxImport {
		fmt.Fprintf(&b, "i%d,x,i%d\n", i, i-1)
	}
	return b.String()
}

func seed(f *testing.F, format exchange.Format, more ...string) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(string(data))
		}
	}
	for _, text := range more {
		f.Add(text)
	}
	f.Add(written(f, format, []todo.Todo{{ID: "a1", Text: "a", Notes: "b\nc", Due: "2026-11-27T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=DAILY", Priority: "high", List: "d e", Tags: []string{"f"}}, {ID: "a2", Text: "=g", ParentID: "a1", Completed: true}}, options(f)))
}

// fuzz wants of every file that what is read of it is sound, and can be written
// and read again without a word.
func fuzz(f *testing.F, format exchange.Format) {
	f.Fuzz(func(t *testing.T, text string) {
		items, amiss, err := exchange.Read(strings.NewReader(text), format, options(t))
		if err != nil && (items != nil || todo.AsError(err).Code == todo.CodeInternal) {
			t.Fatalf("%d items, %v", len(items), err)
		}
		uids := map[string]bool{}
		for _, item := range items {
			uids[item.Todo.UID] = true
			checkSound(t, item)
		}
		for _, item := range items {
			if item.Parent != "" && !uids[item.Parent] {
				t.Errorf("the parent %q is not in the file", item.Parent)
			}
		}
		for _, e := range amiss {
			if e.Message == "" || e.Line < 0 || !utf8.ValidString(e.Message) {
				t.Errorf("%+v", e)
			}
		}
		if format == exchange.TodoistCSV || format == exchange.Taskwarrior {
			format = exchange.JSON
		}
		todos := todosOf(items)
		for i := range todos {
			todos[i].ID = fmt.Sprintf("i%d", i)
		}
		again, _, err := exchange.Read(strings.NewReader(written(t, format, todos, options(t))), format, options(t))
		if err != nil || len(again) != len(items) {
			t.Errorf("%d of %d came back: %v", len(again), len(items), err)
		}
	})
}

func checkSound(t *testing.T, item todo.Import) {
	t.Helper()
	one := func(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }
	u := item.Todo
	if strings.TrimSpace(u.Text) == "" || !one(u.Text) || !one(u.List) || !one(u.UID) || !one(strings.Join(u.Tags, "")) || !one(strings.NewReplacer("\n", "", "\t", "").Replace(u.Notes)) {
		t.Errorf("not clean: %+v", u)
	}
	if d, err := when.Valid(u.Due, u.Timezone); err != nil || d.At != u.Due || d.Zone != u.Timezone {
		t.Errorf("due %q %q: %v", u.Due, u.Timezone, err)
	}
	if rule, err := when.ParseRepeat(u.Repeat, when.Clock{}); err != nil || rule != u.Repeat {
		t.Errorf("repeat %q: %q, %v", u.Repeat, rule, err)
	}
}

func FuzzJSON(f *testing.F)     { seed(f, exchange.JSON); fuzz(f, exchange.JSON) }
func FuzzCSV(f *testing.F)      { seed(f, exchange.CSV, "title;due\na;'=b"); fuzz(f, exchange.CSV) }
func FuzzTodoTxt(f *testing.F)  { seed(f, exchange.TodoTxt); fuzz(f, exchange.TodoTxt) }
func FuzzICS(f *testing.F)      { seed(f, exchange.ICS); fuzz(f, exchange.ICS) }
func FuzzMarkdown(f *testing.F) { seed(f, exchange.Markdown); fuzz(f, exchange.Markdown) }
