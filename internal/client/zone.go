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
