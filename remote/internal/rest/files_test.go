package rest_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// TestThereAndBack exports a list in each format that can be read back, and imports
// it into another person's.
func TestThereAndBack(t *testing.T) {
	for _, format := range []string{"json", "ndjson", "csv", "tsv", "todotxt", "ics", "md"} {
		t.Run(format, func(t *testing.T) {
			s := newSite(t)
			from, to, ctx := s.as(t, ada), s.as(t, bob), t.Context()
			for _, item := range []api.Create{{TodoText: "Buy milk", List: "Shopping", Tags: []string{"home"}, Priority: "high", Due: "2026-12-01"}, {TodoText: "äöü 🥛"}} {
				if _, err := from.Create(ctx, item); err != nil {
					t.Fatal(err)
				}
			}
			var file bytes.Buffer
			if err := from.Export(ctx, &file, format, todo.Query{Status: todo.StatusOpen}); err != nil {
				t.Fatal(err)
			}
			o := client.ImportOptions{Format: format, DryRun: true}
			tried, err := to.Import(ctx, bytes.NewReader(file.Bytes()), o)
			if diff := cmp.Diff(api.Imported{Created: 2, DryRun: true}, tried); err != nil || diff != "" {
				t.Fatalf("dry run, %v (-want +got):\n%s\n%s", err, diff, &file)
			}
			o.DryRun = false
			done, err := to.Import(ctx, bytes.NewReader(file.Bytes()), o)
			if diff := cmp.Diff(api.Imported{Created: 2, ChangeID: "c1"}, done); err != nil || diff != "" {
				t.Fatalf("import, %v (-want +got):\n%s", err, diff)
			}
			page, err := to.List(ctx, todo.Query{})
			want := []todo.Todo{{Text: "Buy milk", List: "Shopping", Tags: []string{"home"}, Priority: todo.PriorityHigh, Due: "2026-12-01"}, {Text: "äöü 🥛"}}
			if diff := cmp.Diff(want, carried(page.Todos)); err != nil || diff != "" {
				t.Errorf("imported, %v (-want +got):\n%s", err, diff)
			}
			again, err := to.Import(ctx, bytes.NewReader(file.Bytes()), client.ImportOptions{})
			if diff := cmp.Diff(api.Imported{Skipped: 2}, again); err != nil || diff != "" {
				t.Errorf("again, its format to be found out, %v (-want +got):\n%s", err, diff)
			}
			if undone, err := to.Undo(ctx, done.ChangeID); err != nil || len(undone.Todos) != 2 {
				t.Errorf("undo: %+v, %v", undone, err)
			}
		})
	}
}

// carried returns todos with what each format carries, and nothing else.
func carried(todos []todo.Todo) []todo.Todo {
	var bare []todo.Todo
	for _, item := range todos {
		bare = append(bare, todo.Todo{Text: item.Text, List: item.List, Tags: item.Tags, Priority: item.Priority, Due: item.Due})
	}
	slices.SortFunc(bare, func(a, b todo.Todo) int { return strings.Compare(a.Text, b.Text) }) // Markdown goes by lists
	return bare
}

func TestExportHeaders(t *testing.T) {
	s := newSite(t)
	s.addPrivate(t)
	for query, want := range map[string]string{
		"":                     "application/json; attachment; filename=todos-DATE.json",
		"?format=csv":          "text/csv; charset=utf-8; header=present; attachment; filename=todos-DATE.csv",
		"?format=ICS&tag=none": "text/calendar; charset=utf-8; attachment; filename=todos-DATE.ics",
	} {
		got := s.send(t, exchange{method: "GET", target: "/api/export" + query})
		line := got.header.Get("Content-Type") + "; " + got.header.Get("Content-Disposition")
		if i := strings.Index(line, "todos-2"); i > 0 {
			line = line[:i+6] + "DATE" + line[i+16:]
		}
		if got.status != 200 || line != want || strings.Contains(got.body, secret) == strings.Contains(query, "none") {
			t.Errorf("export%s: %d %s\n%s", query, got.status, line, got.body)
		}
	}
}

const brokenCSV = "text,due\nBuy milk,2026-12-01\n,2026-12-01\nCall,someday maybe never\nBuy oats,\n"

// TestBrokenFile: lines that are not valid keep everything out, unless they are to be
// skipped; either way the answer names them.
func TestBrokenFile(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	lines := func(a api.Imported) (numbers []int) {
		for _, l := range a.Lines {
			if l.Message == "" {
				t.Errorf("line %d: no message", l.Line)
			}
			if !l.Kept && !l.Lost {
				numbers = append(numbers, l.Line)
			}
		}
		return numbers
	}
	refused, err := c.Import(ctx, strings.NewReader(brokenCSV), client.ImportOptions{Format: "csv"})
	if !errors.Is(err, todo.ErrInvalid) || len(lines(refused)) == 0 || lines(refused)[0] != 3 {
		t.Errorf("refused: %+v, %v", refused, err)
	}
	if page, err := c.List(ctx, todo.Query{}); err != nil || page.Rev != 0 {
		t.Errorf("a file that was refused left the list at %d, %v", page.Rev, err)
	}
	tried, err := c.Import(ctx, strings.NewReader(brokenCSV), client.ImportOptions{Format: "csv", DryRun: true})
	if err != nil || tried.Failed != len(lines(refused)) || !tried.DryRun {
		t.Errorf("tried: %+v, %v", tried, err)
	}
	done, err := c.Import(ctx, strings.NewReader(brokenCSV), client.ImportOptions{Format: "csv", SkipInvalid: true})
	if err != nil || done.Created != tried.Created || done.Created < 2 || done.Failed != tried.Failed || done.ChangeID != "c1" {
		t.Errorf("the rest: %+v, %v", done, err)
	}
}

// TestFileWithALoss: what a todo would only have in its notes is not imported unasked.
func TestFileWithALoss(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	for format, file := range map[string]string{
		"csv":         "text,due,repeat,priority\nBuy milk,2026-12-01,,\nCall,someday,now and then,urgently\n",
		"todotxt":     "Buy milk\nCall due:someday\n",
		"json":        "[{\"text\":\"Buy milk\"},\n{\"text\":\"Call\",\"repeat\":\"now and then\"}]",
		"taskwarrior": "[{\"uuid\":\"a\",\"status\":\"pending\",\"description\":\"Buy milk\"},\n{\"uuid\":\"b\",\"status\":\"pending\",\"description\":\"Call\",\"recur\":\"sometimes\",\"due\":\"20261201T000000Z\"}]",
	} {
		got, err := c.Import(ctx, strings.NewReader(file), client.ImportOptions{Format: format})
		if !errors.Is(err, todo.ErrInvalid) || got.Created > 0 && got.ChangeID != "" || len(got.Lines) == 0 || !got.Lines[0].Lost {
			t.Errorf("%s: %+v, %v", format, got, err)
			continue
		}
		if message := err.Error(); !strings.Contains(message, "a todo of the file is not valid, in line ") || !strings.Contains(todo.AsError(err).Hint, "skipInvalid") {
			t.Errorf("%s: %v", format, err)
		}
		tried, err := c.Import(ctx, strings.NewReader(file), client.ImportOptions{Format: format, DryRun: true})
		if err != nil || tried.Created != 2 || tried.Failed != 0 || !tried.Lines[0].Lost {
			t.Errorf("%s, tried: %+v, %v", format, tried, err)
		}
		done, err := c.Import(ctx, strings.NewReader(file), client.ImportOptions{Format: format, SkipInvalid: true})
		if err != nil || done.Created != 2 || done.Failed != 0 {
			t.Errorf("%s, with what is lost: %+v, %v", format, done, err)
		}
		if _, err := c.Undo(ctx, done.ChangeID); err != nil {
			t.Error(err)
		}
	}
	if got, err := c.Import(ctx, strings.NewReader("text,colour\nBuy milk,red\n"), client.ImportOptions{Format: "csv"}); err != nil || got.Created != 1 || len(got.Lines) != 1 || got.Lines[0].Lost {
		t.Errorf("a column that no todo has a place for: %+v, %v", got, err)
	}
}

func TestImportTwiceIsOnce(t *testing.T) {
	s := newSite(t)
	x := exchange{method: "POST", target: "/api/import", body: `{"todos":[{"text":"a"}]}`, header: map[string]string{"Idempotency-Key": "k"}}
	first, second := s.send(t, x), s.send(t, x)
	if first.status != 200 || first.body != second.body || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s\nagain %d %v %s", first.status, first.body, second.status, second.header, second.body)
	}
}

func TestBadFiles(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		name, method, target, media, body, want string
	}{
		{"empty", "POST", "/api/import?format=csv", "text/csv", "", "422 invalid_argument /file"},
		{"headings only", "POST", "/api/import", "text/csv", "text,due\n", "422 invalid_argument /file: the file has no todos"},
		{"nothing that shows", "POST", "/api/import", "application/octet-stream", "\x00\x01", "422 invalid_argument /format: the file does not show its format"},
		{"form", "POST", "/api/import", "multipart/form-data; boundary=x", "--x", "415 unsupported_media: a body as multipart/form-data; boundary=x is not understood"},
		{"unknown format", "POST", "/api/import?format=xls", "text/csv", "text\na\n", `422 invalid_argument /format: "xls" is not a format`},
		{"flag", "POST", "/api/import?dryRun=maybe", "text/csv", "text\na\n", `422 invalid_argument /dryRun: "maybe" is neither yes nor no`},
		{"too large", "POST", "/api/import?format=csv", "text/csv", strings.Repeat("x", 16<<20+1), "413 too_large: the request body is too large"},
		{"export of what is only read", "GET", "/api/export?format=todoist", "", "", `422 invalid_argument /format: "todoist" can be read, but not written`},
		{"export of no format", "GET", "/api/export?format=", "", "", `422 invalid_argument /format: "" is not a format`},
		{"export by a page", "GET", "/api/export?limit=2", "", "", `400 bad_request /limit: the query has an unknown parameter "limit"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := summary(t, s.send(t, exchange{test.method, test.target, test.body, map[string]string{"Content-Type": test.media}}))
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
	large := `{"todos":[{"text":"a","notes":"` + strings.Repeat("n", 15000) + `"}` + strings.Repeat(" ", 2<<20) + `]}`
	if got := s.send(t, exchange{method: "POST", target: "/api/import", body: large}); got.status != 200 {
		t.Errorf("a file of 2 MiB: %d %s", got.status, got.body)
	}
}
