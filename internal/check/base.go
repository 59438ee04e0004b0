package check

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/environment"
)

// lifetime is a release of a distribution with the last day on which it gets
// security fixes from the servers that its image is set up for.
type lifetime struct {
	id, version string
	end         string
	successor   string
}

// lifetimes are taken from the distributions' own pages: wiki.debian.org/LTS,
// ubuntu.com/about/release-cycle (standard support), alpinelinux.org/releases,
// access.redhat.com/support/policy/updates/errata and those of its rebuilds,
// docs.fedoraproject.org/en-US/releases/eol and docs.aws.amazon.com/linux. The
// rule reports no release that is missing here.
var lifetimes = []lifetime{
	{"debian", "8", "2020-06-30", "Debian 13"},
	{"debian", "9", "2022-06-30", "Debian 13"},
	{"debian", "10", "2024-06-30", "Debian 13"},
	{"debian", "11", "2026-08-31", "Debian 13"},
	{"debian", "12", "2028-06-30", "Debian 13"},
	{"debian", "13", "2030-06-30", ""},
	{"ubuntu", "16.04", "2021-04-30", "Ubuntu 24.04"},
	{"ubuntu", "18.04", "2023-05-31", "Ubuntu 24.04"},
	{"ubuntu", "20.04", "2025-05-31", "Ubuntu 24.04"},
	{"ubuntu", "22.04", "2027-04-30", "Ubuntu 24.04"},
	{"ubuntu", "23.04", "2024-01-25", "Ubuntu 24.04"},
	{"ubuntu", "23.10", "2024-07-11", "Ubuntu 24.04"},
	{"ubuntu", "24.04", "2029-04-30", ""},
	{"ubuntu", "24.10", "2025-07-10", "Ubuntu 24.04"},
	{"ubuntu", "25.04", "2026-01-15", "Ubuntu 24.04"},
	{"alpine", "3.15", "2023-11-01", "Alpine 3.22"},
	{"alpine", "3.16", "2024-05-23", "Alpine 3.22"},
	{"alpine", "3.17", "2024-11-22", "Alpine 3.22"},
	{"alpine", "3.18", "2025-05-09", "Alpine 3.22"},
	{"alpine", "3.19", "2025-11-01", "Alpine 3.22"},
	{"alpine", "3.20", "2026-04-01", "Alpine 3.22"},
	{"alpine", "3.21", "2026-11-01", "Alpine 3.22"},
	{"alpine", "3.22", "2027-05-01", ""},
	{"centos", "7", "2024-06-30", "Rocky Linux 9"},
	{"centos", "8", "2024-05-31", "CentOS Stream 9"},
	{"centos", "9", "2027-05-31", ""},
	{"rhel", "7", "2024-06-30", "version 9"},
	{"rhel", "8", "2029-05-31", ""},
	{"rhel", "9", "2032-05-31", ""},
	{"rocky", "8", "2029-05-31", ""},
	{"rocky", "9", "2032-05-31", ""},
	{"almalinux", "8", "2029-03-01", ""},
	{"almalinux", "9", "2032-05-31", ""},
	{"fedora", "38", "2024-05-21", "a later Fedora"},
	{"fedora", "39", "2024-11-26", "a later Fedora"},
	{"fedora", "40", "2025-05-13", "a later Fedora"},
	{"amzn", "2", "2026-06-30", "Amazon Linux 2023"},
	{"amzn", "2023", "2029-06-30", ""},
}

// baseEndOfLife finds base images of a distribution without security fixes.
func baseEndOfLife(p Plan) []Finding {
	l := lifetimeOf(p.Environment.Distribution)
	if l == nil || l.end >= p.Today {
		return nil
	}
	f := Finding{Rule: BaseEndOfLife, Pos: p.basePos(),
		Msg: fmt.Sprintf("the base image is %s, which has had no security fixes since %s", release(p.Environment.Distribution), l.end)}
	if l.successor != "" {
		f.Hint = "use a base of " + l.successor
	}
	return []Finding{f}
}

// lifetimeOf returns the row of a release; nil if the table has none. A row may
// have only the first numbers of a version: "3.21.4" finds 3.21, and "9.4"
// finds 9.
func lifetimeOf(d environment.Distribution) *lifetime {
	for n := range lifetimes {
		l := &lifetimes[n]
		if l.id == d.ID && (l.version == d.Version || strings.HasPrefix(d.Version, l.version+".")) {
			return l
		}
	}
	return nil
}

// distributionNames are the names of distributions as people write them.
var distributionNames = map[string]string{
	"debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "centos": "CentOS", "rhel": "Red Hat Enterprise Linux",
	"rocky": "Rocky Linux", "almalinux": "AlmaLinux", "fedora": "Fedora", "amzn": "Amazon Linux",
}

// release gives "Debian 13".
func release(d environment.Distribution) string {
	name := distributionNames[d.ID]
	if name == "" {
		name = d.ID
	}
	return strings.TrimSpace(name + " " + d.Version)
}
