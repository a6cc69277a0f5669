package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"todo.example/internal/todo"
)

// LineError is a line that could not be read, or not all of it.
type LineError struct {
	Line    int    `json:"line"` // where its item begins; 0: the file as a whole
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Kept says that the todo is imported all the same.
	Kept bool `json:"kept,omitempty"`
	// Lost says that it is then without something that its line says, like a date,
	// which is in its notes, as it was written.
	Lost bool `json:"lost,omitempty"`
}

// collector gathers what a reader finds.
type collector struct {
	Options
	items   []found
	errors  []LineError
	more    int  // errors that are not in errors
	lostOne bool // by one of them
	fatal   error
	ignored map[string]int // what no todo has a place for, and how often it was there
}

// found is a todo with the names by which its file knows it and its parent.
type found struct {
	todo.Import
	id, parent string
}

// done says that reading on is of no use.
func (c *collector) done() bool { return c.fatal != nil }

// broken notes a line that is left out.
func (c *collector) broken(line int, hint, format string, args ...any) {
	c.note(LineError{Line: line, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// kept notes something amiss with a todo that is imported.
func (c *collector) kept(line int, hint, format string, args ...any) {
	c.note(LineError{Line: line, Message: fmt.Sprintf(format, args...), Hint: hint, Kept: true})
}

func (c *collector) note(e LineError) {
	if len(c.errors) < maxErrors {
		c.errors = append(c.errors, e)
		return
	}
	c.more++
	c.lostOne = c.lostOne || e.Lost
	if !e.Kept && c.fatal == nil {
		c.fatal = c.not("more than %d lines cannot be read", maxErrors)
	}
}

// not says that a file is none of its format.
func (c *collector) not(format string, args ...any) error {
	return &todo.Error{Code: todo.CodeInvalid, Field: "file", Message: fmt.Sprintf(format, args...), Hint: "check that the format is right; nothing was imported"}
}

// ignore counts a field that no todo has a place for. Only so many are told apart.
func (c *collector) ignore(name string) {
	if c.ignored == nil {
		c.ignored = map[string]int{}
	}
	if _, known := c.ignored[name]; known || len(c.ignored) < 50 {
		c.ignored[name]++
	}
}

// add takes a todo, if it has a text.
func (c *collector) add(item found) {
	t := &item.Todo
	t.Text, t.List = oneLine(t.Text), tidyName(t.List)
	t.Notes = lineEnds(t.Notes)
	t.UID, item.id, item.parent = shortID(t.UID), shortID(item.id), shortID(item.parent)
	t.Tags = tidyTags(t.Tags)
	switch {
	case t.List == "":
		t.List = c.Name
	case strings.EqualFold(t.List, todo.Inbox):
		t.List = ""
	}
	if t.Text == "" {
		c.broken(item.Line, "give it a text", "a todo has no text")
		return
	}
	if len(c.items) == todo.MaxImport {
		c.fatal = todo.OverQuota("file", todo.MaxImport, "todos in one import")
		return
	}
	c.items = append(c.items, item)
}

// finish ties subtasks to their parents. There is one level of them: those below
// belong to the topmost.
func (c *collector) finish() []todo.Import {
	byID := make(map[string]int, len(c.items))
	for i, item := range c.items {
		if _, taken := byID[item.id]; item.id != "" && !taken {
			byID[item.id] = i
		}
	}
	imports := make([]todo.Import, len(c.items))
	names := map[string]int{}
	for i := range c.items {
		if parent, ok := c.topmost(i, byID); ok {
			c.name(parent, names)
			c.items[i].Parent = c.items[parent].Todo.UID
		}
	}
	for i, item := range c.items {
		item.Todo.ParentID = ""
		imports[i] = item.Import
	}
	c.tellIgnored()
	return imports
}

// topmost returns the index of the todo that has no parent among those above one.
func (c *collector) topmost(i int, byID map[string]int) (int, bool) {
	at, steps := i, 0
	for c.items[at].parent != "" {
		next, ok := byID[c.items[at].parent]
		if !ok {
			if at == i {
				c.kept(c.items[i].Line, "import it together with its parent to keep them together", "the parent %q is not in the file", todo.Cut(c.items[i].parent))
			}
			break
		}
		if steps++; steps > 100 || next == i {
			c.kept(c.items[i].Line, "", "the todo is its own parent, or too deep below one")
			return 0, false
		}
		at = next
	}
	return at, at != i
}

// name gives a parent whose file has no names for todos a UID that is the same
// when the file is imported again.
func (c *collector) name(i int, taken map[string]int) {
	t := &c.items[i].Todo
	if t.UID != "" {
		return
	}
	key := t.List + "\x00" + t.Text + "\x00" + t.Due
	taken[key]++
	sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(taken[key])))
	t.UID = "import-" + hex.EncodeToString(sum[:8])
}

func (c *collector) tellIgnored() {
	if c.more > 0 {
		c.errors = append(c.errors, LineError{Message: fmt.Sprintf("%d more like these", c.more), Kept: true, Lost: c.lostOne})
	}
	if len(c.ignored) == 0 {
		return
	}
	names := make([]string, 0, len(c.ignored))
	for name, times := range c.ignored {
		names = append(names, fmt.Sprintf("%s (%d)", todo.Cut(oneLine(name)), times))
	}
	slices.Sort(names)
	c.errors = append(c.errors, LineError{Message: "a todo has no place for these, and they were left out: " + strings.Join(names, ", "), Kept: true})
}

// oneLine returns s without blanks around it, control characters as blanks.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// lineEnds returns notes with line ends as "\n" and no other control characters
// but tabs.
func lineEnds(notes string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, newLines.Replace(notes))
}

// newLines makes every line end a "\n".
var newLines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// shortID returns an id as it is, or a digest of one that is longer than an index
// likes it.
func shortID(id string) string {
	id = oneLine(id)
	if len(id) <= todo.MaxKey {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256-" + hex.EncodeToString(sum[:])
}

// tidyName takes off a name of another program's what none of ours may have.
func tidyName(name string) string {
	name = oneLine(strings.TrimLeft(strings.ReplaceAll(oneLine(name), `"`, ""), `#@+!-/\ `))
	if name == "." || name == ".." {
		return ""
	}
	return name
}

func tidyTags(tags []string) []string {
	var tidy []string
	for _, tag := range tags {
		if tag = tidyName(tag); tag != "" {
			tidy = append(tidy, tag)
		}
	}
	slices.Sort(tidy)
	return slices.Compact(tidy)
}
