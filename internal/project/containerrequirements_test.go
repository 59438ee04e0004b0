package project

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheRequirementFileIsTheOneThatTheDockerfileInstalls(t *testing.T) {
	const service = "-- bot.Dockerfile --"
	for _, test := range []struct {
		name, dockerfile, want string
		files                  []string
	}{
		{"by its name", "COPY requirements-server.txt .\nRUN pip install --no-cache-dir -r requirements-server.txt", "requirements-server.txt", []string{"requirements.txt", "requirements-server.txt"}},
		{"in a folder", "COPY . .\nRUN pip install --requirement=deploy/server.txt", "deploy/server.txt", []string{"requirements.txt", "deploy/server.txt"}},
		{"with another name in the image", "COPY --chown=a:b deploy/server.txt /tmp/requirements.txt\nRUN pip install \\\n  -r /tmp/requirements.txt && rm /tmp/requirements.txt", "deploy/server.txt", []string{"requirements.txt", "deploy/server.txt"}},
		{"in a folder of the image", "COPY deploy/server.txt /app/\nRUN pip install -r /app/server.txt", "deploy/server.txt", []string{"requirements.txt", "deploy/server.txt"}},
		{"of a service", service + "COPY requirements-bot.txt ./\nRUN pip install -r requirements-bot.txt", "requirements-bot.txt", []string{"requirements.txt", "requirements-bot.txt"}},
		{"beside programs with an option -r", "RUN groupadd -r shop && useradd -r -g shop shop\nRUN cp -r /usr/share/zoneinfo /tz\nRUN pip install -r server.txt", "server.txt", []string{"requirements.txt", "server.txt"}},
		{"with Windows' line ends", "COPY server.txt ./\r\nRUN pip install -r server.txt\r", "server.txt", []string{"requirements.txt", "server.txt"}},
		{"not one of two", "RUN pip install -r a.txt\nRUN pip install -r b.txt", "requirements.txt", []string{"requirements.txt", "a.txt", "b.txt"}},
		{"not one for development", "RUN pip install -r requirements-dev.txt", "requirements.txt", []string{"requirements.txt", "requirements-dev.txt"}},
		{"not one that is not there", "RUN pip install -r gone.txt", "requirements.txt", []string{"requirements.txt"}},
		{"not one in a comment", "# RUN pip install -r a.txt", "requirements.txt", []string{"requirements.txt", "a.txt"}},
		{"not one outside of the project", "RUN pip install -r ../a.txt", "requirements.txt", []string{"requirements.txt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := "Dockerfile"
			if content, is := strings.CutPrefix(test.dockerfile, service); is {
				name, test.dockerfile = "bot.Dockerfile", content
			}
			files := fstest.MapFS{"moult.toml": {}, name: {Data: []byte("FROM python\n" + test.dockerfile + "\n")}}
			for _, name := range test.files {
				files[name] = &fstest.MapFile{Data: []byte("six\n")}
			}
			p, err := Read(FS(files), "moult.toml", Options{})
			if err != nil || len(p.RequirementFiles) != 1 || p.RequirementFiles[0].Name.V != test.want {
				t.Errorf("%v, %v", p.RequirementFiles, err)
			}
		})
	}
}
