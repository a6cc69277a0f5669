package identity

import (
	"net/http"
	"slices"
)

// defaultRole is the role that every user has.
const defaultRole = "stytch_user"

// Permission is a resource and what may be done to it. The action "*" means all.
type Permission struct {
	ResourceID string   `json:"resource_id"`
	Actions    []string `json:"actions"`
}

// Scope is a custom OAuth scope. A user can grant it to an application only when the user's roles hold all of its
// permissions.
type Scope struct {
	Name        string       `json:"scope"`
	Description string       `json:"description"`
	Permissions []Permission `json:"permissions"`
}

// Role is a named set of permissions that users can be given.
type Role struct {
	ID          string       `json:"role_id"`
	Description string       `json:"description"`
	Permissions []Permission `json:"permissions"`
}

type policyResource struct {
	ResourceID  string   `json:"resource_id"`
	Description string   `json:"description"`
	Actions     []string `json:"actions"`
}

// policy is Stytch's RBAC policy document.
type policy struct {
	Roles     []Role           `json:"roles"`
	Resources []policyResource `json:"resources"`
	Scopes    []Scope          `json:"scopes"`
}

// newPolicy completes the configured roles by the default one, which holds what the scopes need unless it is given.
func newPolicy(scopes []Scope, roles []Role) *policy {
	p := &policy{Roles: slices.Clone(roles), Scopes: scopes}
	for _, scope := range scopes {
		for _, permission := range scope.Permissions {
			p.addResource(permission)
		}
	}
	if p.role(defaultRole) != nil {
		return p
	}
	everyone := Role{ID: defaultRole, Description: "Every user has this role."}
	for _, resource := range p.Resources {
		everyone.Permissions = append(everyone.Permissions, Permission{resource.ResourceID, resource.Actions})
	}
	p.Roles = append(p.Roles, everyone)
	return p
}

func (p *policy) addResource(permission Permission) {
	i := slices.IndexFunc(p.Resources, func(r policyResource) bool { return r.ResourceID == permission.ResourceID })
	if i < 0 {
		i = len(p.Resources)
		p.Resources = append(p.Resources, policyResource{ResourceID: permission.ResourceID})
	}
	actions := append(p.Resources[i].Actions, permission.Actions...)
	slices.Sort(actions)
	p.Resources[i].Actions = slices.Compact(actions)
}

func (p *policy) role(id string) *Role {
	return find(p.Roles, func(r Role) bool { return r.ID == id })
}

func (p *policy) scope(name string) *Scope {
	return find(p.Scopes, func(s Scope) bool { return s.Name == name })
}

// find returns the first element of the list that is meant, or nil.
func find[T any](list []T, meant func(T) bool) *T {
	i := slices.IndexFunc(list, meant)
	if i < 0 {
		return nil
	}
	return &list[i]
}

// decide tells which of the roles allow the action.
func (p *policy) decide(roles []string, resourceID, action string) *verdict {
	v := &verdict{}
	for _, id := range roles {
		role := p.role(id)
		if role == nil {
			continue
		}
		if slices.ContainsFunc(role.Permissions, func(held Permission) bool {
			return held.ResourceID == resourceID && (slices.Contains(held.Actions, action) || slices.Contains(held.Actions, "*"))
		}) {
			v.GrantingRoles = append(v.GrantingRoles, id)
		}
	}
	v.Authorized = len(v.GrantingRoles) > 0
	return v
}

// grantable tells whether the roles hold every permission of the scope.
func (p *policy) grantable(roles []string, scope *Scope) bool {
	for _, needed := range scope.Permissions {
		for _, action := range needed.Actions {
			if !p.decide(roles, needed.ResourceID, action).Authorized {
				return false
			}
		}
	}
	return true
}

type policyResponse struct {
	meta
	Policy *policy `json:"policy"`
}

func (s *Server) getPolicy(*http.Request) (response, error) {
	return &policyResponse{Policy: s.policy}, nil
}
