package client

import (
	"sync"
	"time"

	"github.com/thlib/go-timezone-local/tzlocal"
)

// machineZone returns the IANA name of the zone that this machine keeps its time
// in, as TZ or the system has it; "" where neither says so by name. A server
// understands dates in it.
var machineZone = sync.OnceValue(func() string {
	name, err := tzlocal.RuntimeTZ()
	if err != nil || name == "" || name == "Local" {
		return ""
	}
	if _, err := time.LoadLocation(name); err != nil {
		return ""
	}
	return name
})

// Zone returns the zone in which the server understands the dates of a person who has
// set none: this machine's, or UTC where that has no name.
func Zone() *time.Location {
	if loc, err := time.LoadLocation(machineZone()); err == nil {
		return loc // of no name, too: UTC
	}
	return time.UTC
}
