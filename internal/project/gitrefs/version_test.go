package gitrefs

import (
	"errors"
	"regexp"
	"testing"
)

func TestVersions(t *testing.T) {
	const head, other = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"
	for name, c := range map[string]struct {
		tags  []Tag
		form  string
		want  string
		exact bool
	}{
		"a tag on the commit":                    {[]Tag{{"v1.2.3", head}, {"v2.0", other}}, "", "1.2.3", true},
		"a tag without v":                        {[]Tag{{"1.2.3", head}}, "", "1.2.3", true},
		"a tag with the project's name":          {[]Tag{{"my-app-1.2.3", head}}, "", "1.2.3", true},
		"a tag with a folder":                    {[]Tag{{"my-app/v1.2.3", head}}, "", "1.2.3", true},
		"a pre-release as other tools write it":  {[]Tag{{"v1.2.3-rc.1", head}}, "", "1.2.3rc1", true},
		"the higher of two":                      {[]Tag{{"v1.10", head}, {"v1.9", head}}, "", "1.10", true},
		"after a tag":                            {[]Tag{{"v1.2.9", other}, {"v1.2.10", other}}, "", "1.2.11.dev0", false},
		"after a tag that ends with 9":           {[]Tag{{"v1.9", other}}, "", "1.10.dev0", false},
		"after a pre-release":                    {[]Tag{{"v1.2.3rc1", other}}, "", "1.2.3rc2.dev0", false},
		"without a tag":                          {nil, "", "0.1.dev0", false},
		"tags that are no versions":              {[]Tag{{"latest", head}, {"phase-2", head}, {"v1.0", other}}, "", "1.1.dev0", false},
		"a form of the project":                  {[]Tag{{"web-v3.0", head}, {"api-v1.2", head}}, `^api-v(?P<version>.*)$`, "1.2", true},
		"a form of the project with another tag": {[]Tag{{"web-v3.0", head}}, `^api-v(?P<version>.*)$`, "0.1.dev0", false},
	} {
		t.Run(name, func(t *testing.T) {
			var form *regexp.Regexp
			if c.form != "" {
				form = regexp.MustCompile(c.form)
			}
			got, err := (&Repository{Head: head, Tags: c.tags}).Version(form)
			if err != nil || got.Text != c.want || got.Exact != c.exact {
				t.Errorf("%+v %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestATagThatCannotBeReadIsAnErrorUnlessAnotherFits(t *testing.T) {
	r := &Repository{Head: "1", Tags: []Tag{{"v1.0", "0"}, {"v1.1", ""}}}
	var unread *UnreadTag
	if _, err := r.Version(nil); !errors.As(err, &unread) || unread.Name != "v1.1" {
		t.Error(err)
	}
	r.Tags = append(r.Tags, Tag{"v1.2", "1"})
	if v, err := r.Version(nil); err != nil || v.Text != "1.2" {
		t.Error(v, err)
	}
}
