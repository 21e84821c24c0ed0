// Another implementation's view of our log: filippo.io/torchwood verifies checkpoint, tiles, entries and proofs in the folder named
// by the first argument. Run by bench/evidence.ts where Go and its registry are to be had; no part of the product.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	root := os.Args[1] + "/"
	vkey := string(must(os.ReadFile(root + "vkey")))
	v := must(note.NewVerifier(vkey))
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy("bench.example/log"), torchwood.SingleVerifierPolicy(v))
	cp, _, err := torchwood.VerifyCheckpoint(must(os.ReadFile(root+"log/checkpoint")), policy)
	if err != nil {
		panic(err)
	}
	c := must(torchwood.NewClient(must(torchwood.NewTileFS(os.DirFS(root + "log")))))
	n := int64(0)
	entries := map[int64][]byte{}
	for i, e := range c.Entries(context.Background(), cp.Tree, 0) {
		if i != n {
			panic("order")
		}
		n++
		entries[i] = append([]byte(nil), e...)
	}
	if err := c.Err(); err != nil {
		panic(err)
	}
	names := must(os.ReadDir(root + "proofs"))
	for _, name := range names {
		i := must(strconv.ParseInt(name.Name(), 10, 64))
		p := must(os.ReadFile(root + "proofs/" + name.Name()))
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(entries[i]), p); err != nil {
			panic(err)
		}
		if err := torchwood.VerifyProof(policy, tlog.RecordHash([]byte("x")), p); err == nil {
			panic("accepted another leaf")
		}
	}
	fmt.Printf("{\"size\":%d,\"entries\":%d,\"proofs\":%d}\n", cp.N, n, len(names))
}
