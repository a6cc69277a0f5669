package client

import (
	"context"
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// Lists returns the lists in use, the inbox first, archived ones last.
func (c *Client) Lists(ctx context.Context) ([]todo.Name, error) {
	answer, err := do[api.Lists](ctx, c, read(api.PathLists, nil))
	return answer.Lists, err
}

// Tags returns the tags in use.
func (c *Client) Tags(ctx context.Context) ([]todo.Name, error) {
	answer, err := do[api.Tags](ctx, c, read(api.PathTags, nil))
	return answer.Tags, err
}

// RenameList gives a list another name; if there is such a list, they become one.
func (c *Client) RenameList(ctx context.Context, name, to string) (api.NameEdited, error) {
	return c.editName(ctx, http.MethodPatch, api.PathLists, name, api.EditName{Name: to})
}

// ArchiveList hides a list and its todos from every answer that does not name it,
// or shows them again.
func (c *Client) ArchiveList(ctx context.Context, name string, archived bool) (api.NameEdited, error) {
	return c.editName(ctx, http.MethodPatch, api.PathLists, name, api.EditName{Archived: &archived})
}

// DeleteList moves the todos of a list to the inbox.
func (c *Client) DeleteList(ctx context.Context, name string) (api.NameEdited, error) {
	return c.editName(ctx, http.MethodDelete, api.PathLists, name, nil)
}

// RenameTag gives a tag another name; if there is such a tag, they become one.
func (c *Client) RenameTag(ctx context.Context, name, to string) (api.NameEdited, error) {
	return c.editName(ctx, http.MethodPatch, api.PathTags, name, api.EditName{Name: to})
}

// DeleteTag takes a tag off its todos.
func (c *Client) DeleteTag(ctx context.Context, name string) (api.NameEdited, error) {
	return c.editName(ctx, http.MethodDelete, api.PathTags, name, nil)
}

func (c *Client) editName(ctx context.Context, method, path, name string, body any) (api.NameEdited, error) {
	return do[api.NameEdited](ctx, c, write(method, path+"/"+segment(name), body))
}
