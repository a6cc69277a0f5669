package todo

// subtasks returns a todo's subtasks in some views, as the change so far leaves
// them, in the views' order.
func (d *draft) subtasks(id string, views ...View) ([]Todo, error) {
	ids, err := d.subtaskIDs(id, views...)
	if err != nil {
		return nil, err
	}
	todos := make([]Todo, 0, len(ids))
	for _, id := range ids {
		t, err := d.todo(id)
		if err != nil {
			return nil, err
		}
		todos = append(todos, t)
	}
	return todos, nil
}

// subtaskIDs reads no todo but those that the change has touched: for the others
// their index keys say it all.
func (d *draft) subtaskIDs(id string, views ...View) ([]string, error) {
	var ids []string
	seen := map[string]bool{}
	for _, v := range views {
		from, to := termRange(v, termParent+id)
		keys, err := d.r.Keys(from, to, 0)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			sub := KeyID(key)
			if i, touched := d.at[sub]; touched && !d.Edits[i].After.isSubtask(id, views) {
				continue
			}
			seen[sub] = true
			ids = append(ids, sub)
		}
	}
	for _, sub := range d.kids[id] {
		if i, touched := d.at[sub]; touched && !seen[sub] && d.Edits[i].After.isSubtask(id, views) {
			seen[sub] = true
			ids = append(ids, sub)
		}
	}
	return ids, nil
}

// isSubtask reports whether the todo is a subtask of parent and in one of the views.
func (t Todo) isSubtask(parent string, views []View) bool {
	for _, v := range views {
		if t.ParentID == parent && t.View() == v {
			return true
		}
	}
	return false
}

// setParent makes a todo a subtask, in the list of its parent, or with "" a todo of
// its own.
func (d *draft) setParent(t *Todo, id string) error {
	if id == t.ParentID {
		return nil
	}
	if id == "" {
		t.ParentID = ""
		return nil
	}
	if id == t.ID {
		return invalid("parentID", "name another todo", "a todo cannot be its own subtask")
	}
	parent, err := d.todo(id)
	switch {
	case err != nil:
		return about("parentID", err)
	case parent.Deleted():
		return about("parentID", deleted(id))
	case parent.ParentID != "":
		return invalid("parentID", "name its parent "+parent.ParentID+" instead", "the todo %q is a subtask itself, and those have no subtasks", id)
	}
	own, err := d.subtaskIDs(t.ID, ViewOpen, ViewCompleted)
	if err != nil {
		return err
	}
	if len(own) > 0 {
		return invalid("parentID", "move its subtasks first", "a todo with subtasks cannot become a subtask")
	}
	if err := d.roomFor(id); err != nil {
		return err
	}
	t.ParentID = id
	return d.setList(t, parent.List)
}

// roomFor fails where a todo has all the subtasks that it may have.
func (d *draft) roomFor(parent string) error {
	subtasks, err := d.subtaskIDs(parent, ViewOpen, ViewCompleted)
	if err == nil && len(subtasks) >= MaxSubtasks {
		err = OverQuota("parentID", MaxSubtasks, "subtasks of one todo")
	}
	return err
}

// setList moves a todo to a list, and its subtasks with it, also those in the trash.
func (d *draft) setList(t *Todo, list string) error {
	if t.List == list {
		return nil
	}
	t.List = list
	if t.ID == "" { // it is being made, and has none
		return nil
	}
	subtasks, err := d.subtasks(t.ID, ViewOpen, ViewCompleted, ViewTrash)
	if err != nil {
		return err
	}
	for _, sub := range subtasks {
		moved := sub
		moved.List = list
		d.follow(&sub, moved)
	}
	return nil
}
