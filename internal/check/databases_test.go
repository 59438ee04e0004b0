package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

func TestADatabaseThatTheProgramCannotChangeIsTold(t *testing.T) {
	for _, test := range []struct {
		name, user, packages, files, want string
	}{
		{"Django's", "65532", "django", "site/db.sqlite3", "site/db.sqlite3, which its user cannot change, and Django writes"},
		{"one of SQLAlchemy", "65532", "fastapi sqlalchemy", "tasks.db instance/more.sqlite", "instance/more.sqlite, tasks.db, which"},
		{"as root", "root", "django", "db.sqlite3", ""},
		{"without a package that writes", "65532", "flask", "data.db", ""},
		{"Django's name without Django", "65532", "sqlalchemy", "old/db.sqlite3", ""},
		{"what Windows writes", "65532", "sqlalchemy", "Thumbs.db", ""},
		{"the files of a folder with such a name", "65532", "django", "store.db/CURRENT instance/a.sqlite/x.db", ""},
		{"a secret", "65532", "django", "deploy/id_rsa", ""},
	} {
		p := &plan.Plan{}
		p.Config.User = test.user
		for _, name := range strings.Fields(test.packages) {
			p.Packages = append(p.Packages, plan.Package{Name: name})
		}
		var files []File
		for _, name := range strings.Fields(test.files) {
			files = append(files, File{Name: name})
		}
		got := ""
		for _, f := range Databases(files, p, source.Pos{}) {
			got += f.Msg
		}
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
		if strings.Contains(test.files, "db") && Files(files, source.Pos{}) != nil {
			t.Errorf("%s: a database is no secret", test.name)
		}
	}
}

func TestASecretWithTheNameOfADatabaseIsOne(t *testing.T) {
	files := []File{{Name: ".env.db"}, {Name: "deploy/.env.sqlite"}, {Name: "app.db"}, {Name: "store.db/CURRENT"}}
	p := &plan.Plan{Packages: []plan.Package{{Name: "django"}}}
	p.Config.User = "65532"
	secrets, databases := Files(files, source.Pos{}), Databases(files, p, source.Pos{})
	if len(secrets) != 1 || !strings.Contains(secrets[0].Msg, "holds .env.db, deploy/.env.sqlite, which") {
		t.Errorf("secrets: %v", secrets)
	}
	if len(databases) != 1 || !strings.Contains(databases[0].Msg, "holds app.db, which") {
		t.Errorf("databases: %v", databases)
	}
}
