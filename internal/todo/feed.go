package todo

import "sync"

// feed tells watchers that a namespace has changed. It carries no data: a watcher
// reads the journal from where it stands, so a slow one misses nothing and costs
// nothing.
type feed struct {
	mu       sync.Mutex
	watchers map[Namespace]map[*Watch]bool
}

func newFeed() *feed {
	return &feed{watchers: map[Namespace]map[*Watch]bool{}}
}

// Watch is someone waiting for changes to one namespace.
type Watch struct {
	// C receives once or more after each change; changes in quick succession may
	// share one.
	C     <-chan struct{}
	c     chan struct{}
	close func()
}

// Close ends the watch. C is not closed.
func (w *Watch) Close() { w.close() }

// Watch returns a watch of the namespace; the caller closes it. It must be begun
// before the revision to continue from is read, or a change between is missed.
func (s *Service) Watch(ns Namespace, actor Actor) (*Watch, error) {
	if err := actor.require(Read); err != nil {
		return nil, err
	}
	return s.feed.watch(ns), nil
}

func (f *feed) watch(ns Namespace) *Watch {
	c := make(chan struct{}, 1)
	w := &Watch{C: c, c: c}
	w.close = func() { f.remove(ns, w) }
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers[ns] == nil {
		f.watchers[ns] = map[*Watch]bool{}
	}
	f.watchers[ns][w] = true
	return w
}

func (f *feed) remove(ns Namespace, w *Watch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watchers[ns], w)
	if len(f.watchers[ns]) == 0 {
		delete(f.watchers, ns)
	}
}

func (f *feed) notify(ns Namespace) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers[ns] {
		select {
		case w.c <- struct{}{}:
		default:
		}
	}
}
