package exchange

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"todo.example/internal/todo"
)

// Format is a way to write todos down. Its value is what people call it by.
type Format string

// The formats. Todoist's and Taskwarrior's are also recognized where CSV and JSON
// are read, so that nobody has to know.
const (
	JSON        Format = "json"   // our own, which carries everything
	NDJSON      Format = "ndjson" // the same, an object on each line
	CSV         Format = "csv"
	TSV         Format = "tsv"
	TodoTxt     Format = "todotxt"
	ICS         Format = "ics" // iCalendar, RFC 5545
	Markdown    Format = "md"  // a task list, with the signs of Obsidian Tasks
	TodoistCSV  Format = "todoist"
	Taskwarrior Format = "taskwarrior"
)

// Info is what there is to know of a format without using it.
type Info struct {
	Format      Format
	Title       string // for people
	MediaType   string // with its charset
	Extension   string // of a file's name, with the dot
	Read, Write bool

	aliases []string
	read    func(text string, c *collector)
	write   func(w io.Writer, todos []todo.Todo, o Options) error
}

var formats = []Info{
	{Format: JSON, Title: "JSON", MediaType: "application/json", Extension: ".json", read: readJSON, write: writeJSON},
	{Format: NDJSON, Title: "JSON lines", MediaType: "application/x-ndjson", Extension: ".ndjson", aliases: []string{"jsonl"}, read: readJSON, write: writeNDJSON},
	{Format: CSV, Title: "CSV", MediaType: "text/csv; charset=utf-8; header=present", Extension: ".csv", read: readCSV, write: writeCSV},
	{Format: TSV, Title: "TSV", MediaType: "text/tab-separated-values; charset=utf-8", Extension: ".tsv", aliases: []string{"tab"}, read: readCSV, write: writeTSV},
	{Format: TodoTxt, Title: "todo.txt", MediaType: "text/plain; charset=utf-8", Extension: ".txt", aliases: []string{"todo.txt", "txt"}, read: readTodoTxt, write: writeTodoTxt},
	{Format: ICS, Title: "iCalendar", MediaType: "text/calendar; charset=utf-8", Extension: ".ics", aliases: []string{"ical", "icalendar"}, read: readICS, write: writeICS},
	{Format: Markdown, Title: "Markdown", MediaType: "text/markdown; charset=utf-8; variant=GFM", Extension: ".md", aliases: []string{"markdown"}, read: readMarkdown, write: writeMarkdown},
	{Format: TodoistCSV, Title: "Todoist CSV", MediaType: "text/csv; charset=utf-8; header=present", Extension: ".csv", read: readCSV},
	{Format: Taskwarrior, Title: "Taskwarrior JSON", MediaType: "application/json", Extension: ".json", aliases: []string{"task"}, read: readJSON},
}

// Formats returns every format.
func Formats() []Info {
	infos := slices.Clone(formats)
	for i := range infos {
		infos[i].Read, infos[i].Write = infos[i].read != nil, infos[i].write != nil
	}
	return infos
}

// ParseFormat returns the format that a person calls so. No case matters.
func ParseFormat(name string) (Format, error) {
	folded := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), ".")
	for _, info := range formats {
		if string(info.Format) == folded || slices.Contains(info.aliases, folded) {
			return info.Format, nil
		}
	}
	return "", unknown(name, namesOf(func(Info) bool { return true }))
}

// ForWriting returns the format that a person calls so, if it can be written.
func ForWriting(name string) (Info, error) {
	format, err := ParseFormat(name)
	if err != nil {
		return Info{}, err
	}
	infos := Formats()
	i := slices.IndexFunc(infos, func(info Info) bool { return info.Format == format })
	if !infos[i].Write {
		return Info{}, &todo.Error{
			Code: todo.CodeInvalid, Field: "format",
			Message: fmt.Sprintf("%q can be read, but not written", format),
			Hint:    "use " + strings.Join(Writable(), ", "),
		}
	}
	return infos[i], nil
}

// Readable returns what the formats are called that can be read.
func Readable() []string { return namesOf(func(i Info) bool { return i.Read }) }

// Writable returns what the formats are called that can be written.
func Writable() []string { return namesOf(func(i Info) bool { return i.Write }) }

func namesOf(can func(Info) bool) []string {
	var names []string
	for _, info := range Formats() {
		if can(info) {
			names = append(names, string(info.Format))
		}
	}
	return names
}

var extensions = map[string]Format{
	".json": JSON, ".ndjson": NDJSON, ".jsonl": NDJSON, ".csv": CSV, ".tsv": TSV, ".tab": TSV, ".txt": TodoTxt,
	".todotxt": TodoTxt, ".ics": ICS, ".ical": ICS, ".md": Markdown, ".markdown": Markdown,
}

var (
	checkbox     = pattern(`(?m)^\s*(?:[-*+]|\d{1,9}[.)]) \[.\] `)
	todoTxtSigns = pattern(`(?m)^(?:x |\([A-Z]\) |\d{4}-\d\d-\d\d )|(?:^| )[+@]\S`)
)

// Detect tells the format of a file by its name (which may be "") and its first
// bytes, and false if it cannot. Bytes that can be only one thing win over the name.
func Detect(name string, head []byte) (Format, bool) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	byName := extensions[strings.ToLower(path.Ext(name))]
	switch {
	case len(head) >= 15 && strings.EqualFold(string(head[:15]), "BEGIN:VCALENDAR"):
		return ICS, true
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("[{")), bytes.HasPrefix(head, []byte("[]")),
		bytes.HasPrefix(head, []byte("[\n")), bytes.HasPrefix(head, []byte("[\r")):
		return detectJSON(byName, head), true
	case byName == TodoTxt && checkbox().Match(head):
		return Markdown, true
	case byName == CSV && isTodoistHeader(head):
		return TodoistCSV, true
	case byName != "":
		return byName, true
	case checkbox().Match(head):
		return Markdown, true
	case isHeader(head):
		return CSV, true
	case todoTxtSigns().Match(head):
		return TodoTxt, true
	}
	return "", false
}

func detectJSON(byName Format, head []byte) Format {
	switch {
	case bytes.Contains(head, []byte(`"uuid"`)) && bytes.Contains(head, []byte(`"description"`)):
		return Taskwarrior
	case byName == NDJSON:
		return NDJSON
	}
	return JSON
}
