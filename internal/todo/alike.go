package todo

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
)

// find returns the id of the open or completed todo that an imported one is already;
// "" if there is none.
func (im *importing) find(t Todo) (string, error) {
	if im.empty {
		return "", nil
	}
	if t.UID == "" {
		return im.known.find(t)
	}
	// An export names a todo that came from nowhere else by its id.
	if len(t.UID) == idLength {
		if own, err := im.d.r.Todo(t.UID); err == nil && !own.Deleted() {
			return own.ID, nil
		} else if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
	p := &plan{r: im.d.r, words: map[string][]string{}}
	for _, v := range []View{ViewOpen, ViewCompleted} {
		slot, err := p.span(v, termUID+t.UID).seek("")
		if slot != "" || err != nil {
			return KeyID(slot), err
		}
	}
	return "", nil
}

// What looking for todos one by one takes.
const (
	alikeWords = 4  // of a text, by which todos are looked for
	alikeTodo  = 20 // keys that cost as much as a todo
)

// alike finds the todo with the same text, list and due. It looks for one by its words;
// once that has cost what it costs to read the list, as among thousands of the same
// words, it reads the list and knows all of it: an import keeps every other write
// waiting.
type alike struct {
	r     Reader
	todos int                          // in the list
	spent int                          // in keys
	all   map[[sha256.Size]byte]string // by what is compared, the ids; nil until it is read
}

// over reports whether looking one by one is to end, with some more keys read.
func (a *alike) over(keys int) bool { return a.spent+keys > alikeTodo*a.todos }

func (a *alike) find(t Todo) (id string, err error) {
	for _, v := range []View{ViewOpen, ViewCompleted} {
		if a.all != nil {
			return a.all[sameness(t)], nil
		}
		if id, err = a.among(v, t); id != "" || err != nil {
			return id, err
		}
		if a.over(0) {
			if err := a.readAll(); err != nil {
				return "", err
			}
		}
	}
	return a.all[sameness(t)], nil
}

// among looks in a view among the todos that have the list and the longest words. It
// may stop before it has found any, and has then spent too much.
func (a *alike) among(v View, t Todo) (found string, err error) {
	p := &plan{r: a.r, words: map[string][]string{}}
	over := func() bool { return a.over(p.keysSpent) }
	m := &meet{over: over}
	longest := searchWords(Todo{Text: t.Text}) // each once
	slices.SortStableFunc(longest, func(a, b string) int { return len(b) - len(a) })
	for _, w := range longest[:min(len(longest), alikeWords)] {
		m.all = append(m.all, p.span(v, termWord+w))
	}
	m.all = append(m.all, p.span(v, termList+FoldName(t.List)))
	var failed error
	err = drain(m, "", func(slot string) bool {
		var other Todo
		if other, failed = a.r.Todo(KeyID(slot)); failed != nil {
			return false
		}
		if other.Text == t.Text && other.When() == t.When() {
			found = other.ID
		}
		a.spent += alikeTodo
		return found == "" && !over()
	})
	a.spent += p.keysSpent
	if _, spent := errors.AsType[*pausedError](err); spent {
		err = nil
	}
	return found, cmp.Or(err, failed)
}

// readAll reads every open and completed todo.
func (a *alike) readAll() error {
	a.all = map[[sha256.Size]byte]string{}
	for _, v := range []View{ViewOpen, ViewCompleted} {
		from, to := ViewRange(v)
		for {
			keys, err := a.r.Keys(from, to, lastChunk)
			if err != nil {
				return err
			}
			todos, err := a.r.Todos(idsOf(keys))
			if err != nil {
				return err
			}
			for _, t := range todos {
				if key := sameness(t); a.all[key] == "" {
					a.all[key] = t.ID
				}
			}
			if len(keys) < lastChunk {
				break
			}
			from = keys[len(keys)-1] + "\x00"
		}
	}
	return nil
}

// sameness is equal for todos with the same text, list and due.
func sameness(t Todo) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{t.Text, FoldName(t.List), t.Due, t.Timezone}, "\x00")))
}
