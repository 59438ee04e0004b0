package diagnose

import (
	"strings"
	"testing"
)

// The outputs are pip's own words, shortened.
// The function is long because it is a table of what pip prints.
func TestPipIsUnderstood(t *testing.T) {
	for _, c := range []struct {
		name, output string
		pkg, index   string
		msg          string
	}{
		{
			name: "a package that does not exist",
			output: `Collecting idna
ERROR: Could not find a version that satisfies the requirement No_Such.Package>=2 (from versions: none)
ERROR: No matching distribution found for No_Such.Package>=2`,
			pkg: "no-such-package", msg: "has no package No_Such.Package",
		},
		{
			name: "a version that does not exist",
			output: `ERROR: Could not find a version that satisfies the requirement idna==99 (from versions: 0.1, 0.2, 2.0, 3.0, 3.6, 3.7, 3.10)
ERROR: No matching distribution found for idna==99`,
			pkg: "idna", msg: "no version of idna satisfies idna==99",
		},
		{
			name: "an index that refuses the credentials",
			output: `Looking in indexes: http://127.0.0.1:4000/simple/
ERROR: No matching distribution found for lab-pure
Could not fetch URL http://127.0.0.1:4000/simple/lab-pure/: 401 Client Error: Unauthorized for url: http://127.0.0.1:4000/simple/lab-pure/ - skipping`,
			index: "127.0.0.1:4000", msg: "wants a password",
		},
		{
			name: "an index that answers with errors",
			output: `ERROR: HTTP error 500 while getting http://127.0.0.1:4000/files/lab_pure-1.0-py3-none-any.whl
ERROR: Could not install requirement lab-pure`,
			index: "127.0.0.1:4000", msg: "(500)",
		},
		{
			name: "an index whose pages fail",
			output: `ERROR: No matching distribution found for lab-pure
Could not fetch URL http://127.0.0.1:4000/simple/lab-pure/: connection error: HTTPConnectionPool(host='127.0.0.1', port=4000): Max retries exceeded with url: /simple/lab-pure/ (Caused by ResponseError('too many 500 error responses')) - skipping`,
			index: "127.0.0.1:4000", msg: "answers with errors (500)",
		},
		{
			name: "an index that is down",
			output: `WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError("HTTPConnection(host='127.0.0.1', port=1): Failed to establish a new connection: [Errno 111] Connection refused")': /simple/lab-pure/
ERROR: Could not find a version that satisfies the requirement lab-pure (from versions: none)
Could not fetch URL http://127.0.0.1:1/simple/lab-pure/: connection error: HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /simple/lab-pure/ - skipping`,
			index: "127.0.0.1:1", msg: "cannot be reached",
		},
		{
			name: "a certificate that is not trusted",
			output: `WARNING: Retrying (Retry(total=0)) after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1032)'))': /simple/idna/
ERROR: Could not find a version that satisfies the requirement idna (from versions: none)
Could not fetch URL https://index.example.com/simple/idna/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='index.example.com', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))) - skipping`,
			index: "index.example.com", msg: "is not trusted",
		},
		{
			name: "other bytes than the hash says",
			output: `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.
    lab-pure==1.0 from http://127.0.0.1:4000/files/lab_pure-1.0-py3-none-any.whl (from -r /moult/requirements.txt (line 1)):
        Expected sha256 aaaa
             Got        bbbb
`,
			pkg: "lab-pure", index: "127.0.0.1:4000", msg: "expected sha256 aaaa, got bbbb",
		},
		{
			name: "a compile error",
			output: `  src/module.c:3:10: fatal error: libpq-fe.h: No such file or directory
  error: command '/usr/bin/gcc' failed with exit code 1
  ERROR: Failed building wheel for lab-broken
ERROR: Failed to build one or more wheels`,
			pkg: "lab-broken", msg: "could not be compiled",
		},
		{
			name: "requirements that contradict each other",
			output: `ERROR: Cannot install lab-a==1.0 and lab-b==2.0 because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible`,
			pkg: "lab-a", msg: "contradict each other",
		},
		{
			name:   "a repository that may not be read",
			output: `  fatal: could not read Username for 'https://git.example.com': terminal prompts disabled`,
			msg:    "git may not read",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, ok := Resolver(c.output)
			if !ok {
				t.Fatal("it is not understood")
			}
			if d.Package != c.pkg || d.Index != c.index || !strings.Contains(d.Msg, c.msg) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestWhatIsNotKnownIsLeftAlone(t *testing.T) {
	if d, ok := Resolver("Segmentation fault\n"); ok {
		t.Errorf("got %+v", d)
	}
}

func TestABuildScriptForOlderToolsIsTold(t *testing.T) {
	for end, old := range map[string]bool{
		"  AttributeError: 'build_ext' object has no attribute 'cython_sources'":  true,
		"  ImportError: cannot import name 'convert_path' from 'setuptools' (/x)": true,
		"  ModuleNotFoundError: No module named 'distutils'":                      true,
		"  AttributeError: module 'pkgutil' has no attribute 'ImpImporter'":       true,
		"  error in x setup command: use_2to3 is invalid.":                        true,
		"  RuntimeError: this does not work on Sundays":                           false,
	} {
		output := "Collecting PyYAML==6.0\n  Getting requirements to build wheel: started\n× Getting requirements to build wheel did not run successfully.\n" + end + "\n"
		d, ok := Resolver(output)
		if !ok || d.Package != "pyyaml" || strings.Contains(d.Hint, "is for an older Python or an older setuptools or Cython: ask for a newer version of pyyaml") != old {
			t.Errorf("%s: %+v, %v", end, d, ok)
		}
	}
}
