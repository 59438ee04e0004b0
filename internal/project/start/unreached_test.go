package start

import (
	"strings"
	"testing"
)

// Nothing but the program's own code changes the address of these servers.
func TestTheReasonTellsThatNobodyReachesAProgram(t *testing.T) {
	const told = "; it listens at the container's own address, which nobody outside reaches: write 0.0.0.0 in run.py"
	for _, test := range []struct {
		name, body string
		want       bool
	}{
		{"aiohttp", "from aiohttp import web\n" + guard + "web.run_app(web.Application(), host='localhost')\n", true},
		{"websockets", "import asyncio, websockets\nasync def main():\n    async with websockets.serve(answer, 'localhost', 8765):\n        await forever\n" + guard + "asyncio.run(main())\n", true},
		{"http.server", "from http.server import HTTPServer\n" + guard + "HTTPServer(('127.0.0.1', 80), Answer).serve_forever()\n", true},
		{"gRPC", "import grpc\n" + guard + "s = grpc.server(pool)\n    s.add_insecure_port('localhost:50051')\n    s.start()\n", true},
		{"aiohttp at every address", "from aiohttp import web\n" + guard + "web.run_app(web.Application())\n", false},
		{"gRPC at every address", "import grpc\n" + guard + "s = grpc.server(pool)\n    s.add_insecure_port('[::]:50051')\n", false},
		{"one of two", "from http.server import HTTPServer\n" + guard + "HTTPServer(('localhost', 80), Admin)\n    HTTPServer(('', 81), Answer).serve_forever()\n", false},
		{"a client", "import websockets\n" + guard + "websockets.connect('localhost')\n", false},
		{"an option", "import argparse\nfrom http.server import HTTPServer\np = argparse.ArgumentParser()\np.add_argument('--host', default='localhost')\n" + guard + "web.run(host=p.parse_args().host)\n", false},
	} {
		c, err := find(t, needs+"]\n-- run.py --\n"+test.body)
		if err != nil || !strings.HasPrefix(strings.Join(c.Cmd, " "), "python run.py") || strings.Contains(c.Reason, told) != test.want {
			t.Errorf("%s: %v (%s), %v", test.name, c.Cmd, c.Reason, err)
		}
	}
}
