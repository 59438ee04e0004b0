package start

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestScratch(t *testing.T) {
	reads := needs + "]\n-- main.py --\nimport os\nA = [os.getenv(\"DB_PASS\"), os.getenv(\"DATABASE_URL\"), os.getenv(\"SENTRY_DSN\"), os.getenv(\"MYSQL_PWD\"), os.getenv(\"SLACK_WEBHOOK\"), os.getenv(\"JWT_SALT\"), os.getenv(\"MODE\")]\n" + guard + "print(1)\n"
	bare := "-- moult.toml --\n-- requirements.txt --\nredis\n-- app/main.py --\n" + fastapi
	for _, test := range []struct{ name, files string }{
		{"secrets", reads + "-- Dockerfile --\nFROM python\nENV DB_PASS=abc DATABASE_URL=postgres://u:p@db/x SENTRY_DSN=https://abc@o1.example/2 MYSQL_PWD=x SLACK_WEBHOOK=https://x/y JWT_SALT=z\n"},
		{"crlf", reads + "-- Dockerfile --\nFROM python\r\nENV MODE=all\r\nCMD [\"python\", \"main.py\"]\r\n"},
		{"stage of test", reads + "-- Dockerfile --\nFROM python AS base\nFROM base AS prod\nENV MODE=prod\nCMD python main.py\nFROM base AS test\nENV MODE=test\nCMD pytest\n"},
		{"escaped", reads + "-- Dockerfile --\nFROM python\nENV MODE=\"a \\\"b\\\" c\"\n"},
		{"escaped space", reads + "-- Dockerfile --\nFROM python\nENV MODE=a\\ b\n"},
		{"old form quotes", reads + "-- Dockerfile --\nFROM python\nENV MODE \"a b\"\n"},
		{"single dollar", reads + "-- Dockerfile --\nFROM python\nENV MODE='$x'\n"},
		{"mid quotes", reads + "-- Dockerfile --\nFROM python\nENV MODE=a\"b c\"d\n"},
		{"two old", reads + "-- Dockerfile --\nFROM python\nENV MODE a=b\n"},
		{"heredoc", reads + "-- Dockerfile --\nFROM python\nRUN cat <<EOF > x\nENV MODE=x\nCMD foo\nEOF\n"},
		{"pip expanded", bare + "-- Dockerfile --\nFROM python\nARG V=0.30\nRUN pip install fastapi uvicorn==$V\nCMD uvicorn app.main:app\n"},
		{"pip pipe", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn | tee pip.log\nCMD uvicorn app.main:app\n"},
		{"pip whl", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn mine-1.0-py3-none-any.whl other.tar.gz\nCMD uvicorn app.main:app\n"},
		{"pip comment", bare + "-- Dockerfile --\n# fastapi is here\nFROM python\nRUN pip install fastapi uvicorn\nCMD uvicorn app.main:app\n"},
		{"pip index", bare + "-- Dockerfile --\nFROM python\nRUN pip install --extra-index-url https://x/simple fastapi uvicorn acme-private\nCMD uvicorn app.main:app\n"},
		{"pip teststage", bare + "-- Dockerfile --\nFROM python AS b\nRUN pip install fastapi uvicorn\nCMD uvicorn app.main:app\nFROM b AS dev\nRUN pip install debugpy black\n"},
		{"pip bad", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi=1 uvicorn\nCMD uvicorn app.main:app\n"},
		{"pip commented in the middle", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn # the server\nCMD uvicorn app.main:app\n"},
		{"pip to env", bare + "-- Dockerfile --\nFROM python\nRUN pip install fastapi uvicorn > /dev/null 2>&1 || true\nCMD uvicorn app.main:app\n"},
		{"py2 vendored", needs + "]\n-- main.py --\nimport shop\nimport json\nfrom shop.config import x\n" + guard + "print(1)\n-- shop/__init__.py --\nimport sys\nfrom shop.config import x\nif sys.version_info[0] == 2:\n    from shop._old import y\nelse:\n    from shop._new import y\n-- shop/config.py --\nx=1\n-- shop/_old.py --\nprint 1\n-- shop/_new.py --\ny=1\n"},
		{"py2 vendored2", needs + "]\n-- main.py --\nimport json\n" + "try:\n    import compat.json\nexcept SyntaxError:\n    pass\n" + guard + "print(1)\n-- compat/json.py --\nprint 1\n"},
		{"py2 func", needs + "]\n-- main.py --\nimport shop.config\ndef f():\n    import shop.old\n" + guard + "print(1)\n-- shop/__init__.py --\n-- shop/config.py --\nx=1\n-- shop/old.py --\nprint 1\n"},
		{"py3 weird", needs + "]\n-- main.py --\nx: print\nmatch = 1\nprint ; x=1\nf = {1: print, 2: exec}\nprint (1)\nprint, exec\nd = {'a': print if 1 else 2}\nprint @ x\nasync def g():\n    return [print async for a in b]\n" + guard + "print(1)\n"},
		{"py3 lambda", needs + "]\n-- main.py --\nf = lambda: exec if 1 else 0\ndef print_(a: exec = 1): pass\nimport os; print(os)\nprint\nexec\n" + guard + "print(1)\n"},
		{"abs file", needs + "]\n-- Dockerfile --\nFROM python\nCMD [\"python\", \"/app/main.py\"]\n-- main.py --\n" + guard + "print(1)\n"},
		{"empty all", "-- moult.toml --\n-- requirements.txt --\n-- Dockerfile --\n-- README.md --\n-- main.py --\n-- app.service --\n"},
	} {
		func() {
			defer func() {
				if r := recover(); r != nil {
					fmt.Printf("%s: PANIC %v\n", test.name, r)
				}
			}()
			c, err := find(t, test.files)
			var pk []string
			for _, p := range c.Packages {
				pk = append(pk, fmt.Sprintf("%s@%d", p.V, p.Pos.Line))
			}
			var se *source.Error
			errors.As(err, &se)
			fmt.Printf("%s: %s\n   why %s\n   env %q packages %q err %v\n", test.name, strings.Join(c.Cmd, " "), c.Reason, c.Env, pk, err)
		}()
	}
}
