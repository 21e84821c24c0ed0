// Another implementation's view of a log in the national suite: github.com/emmansun/gmsm (SM2, SM3) verifies key ID, checkpoint, tree and
// proofs of the log in the folder named by the first argument. Run by bench/evidence.ts where Go and its registry are to be had; no
// part of the product. The tree is written here after RFC 9162, for no library makes one with SM3.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
func ensure(ok bool, what string) {
	if !ok {
		panic(what)
	}
}
func read(path string) string { return string(must(os.ReadFile(path))) }
func unbase64(text string) []byte {
	return must(base64.StdEncoding.Strict().DecodeString(text))
}

func leaf(entry []byte) []byte { h := sm3.Sum(append([]byte{0}, entry...)); return h[:] }
func node(l, r []byte) []byte {
	h := sm3.Sum(append(append([]byte{1}, l...), r...))
	return h[:]
}
func root(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return node(root(leaves[:k]), root(leaves[k:]))
}

// The root that a proof leads to (RFC 9162, 2.1.3.2).
func lead(r []byte, index, size int, proof [][]byte) []byte {
	fn, sn := index, size-1
	for _, p := range proof {
		ensure(sn != 0, "proof too long")
		if fn%2 == 1 || fn == sn {
			r = node(p, r)
			for fn%2 == 0 && fn != 0 {
				fn, sn = fn/2, sn/2
			}
		} else {
			r = node(r, p)
		}
		fn, sn = fn/2, sn/2
	}
	ensure(sn == 0, "proof too short")
	return r
}

const mark = "\xffGM/T-0003-SM2-SM3"

func main() {
	base := os.Args[1]
	vkey := strings.SplitN(strings.TrimSpace(read(filepath.Join(base, "vkey"))), "+", 3)
	typed := unbase64(vkey[2])
	ensure(bytes.HasPrefix(typed, []byte(mark)), "type")
	id := sha256.Sum256(append([]byte(vkey[0]+"\n"), typed...))
	ensure(hex.EncodeToString(id[:4]) == vkey[1], "key ID")
	point := typed[len(mark):]
	ensure(len(point) == 65 && point[0] == 4, "point")
	pub := &ecdsa.PublicKey{Curve: sm2.P256(), X: new(big.Int).SetBytes(point[1:33]), Y: new(big.Int).SetBytes(point[33:])}
	ensure(pub.Curve.IsOnCurve(pub.X, pub.Y), "curve")

	verify := func(note string) (size int, rootHash []byte) {
		at := strings.LastIndex(note, "\n\n")
		text, lines := note[:at+1], strings.Split(strings.TrimSpace(note[at+2:]), "\n")
		words := strings.Split(lines[0], " ")
		sig := unbase64(words[2])
		ensure(words[1] == vkey[0] && bytes.Equal(sig[:4], id[:4]) && len(sig) == 4+64, "signature line")
		r, s := new(big.Int).SetBytes(sig[4:36]), new(big.Int).SetBytes(sig[36:])
		ensure(sm2.VerifyWithSM2(pub, []byte("1234567812345678"), []byte(text), r, s), "signature")
		ensure(!sm2.VerifyWithSM2(pub, []byte("1234567812345678"), []byte(text+"x"), r, s), "signature of another text")
		said := strings.Split(text, "\n")
		ensure(said[0] == vkey[0], "origin")
		return must(strconv.Atoi(said[1])), unbase64(said[2])
	}
	size, signed := verify(read(filepath.Join(base, "checkpoint")))

	var leaves [][]byte
	bundles := must(filepath.Glob(filepath.Join(base, "entries", "*")))
	sort.Strings(bundles)
	for _, bundle := range bundles {
		data := must(os.ReadFile(bundle))
		for len(data) > 0 {
			n := int(binary.BigEndian.Uint16(data))
			leaves = append(leaves, leaf(data[2:2+n]))
			data = data[2+n:]
		}
	}
	ensure(len(leaves) == size, "number of entries")
	ensure(bytes.Equal(root(leaves), signed), "root")

	proofs := must(filepath.Glob(filepath.Join(base, "proofs", "*")))
	for _, path := range proofs {
		text := read(path)
		at := strings.Index(text, "\n\n")
		head := strings.Split(text[:at], "\n")
		index := must(strconv.Atoi(strings.TrimPrefix(head[1], "index ")))
		ensure(head[0] == "c2sp.org/tlog-proof@v1" && strconv.Itoa(index) == filepath.Base(path), "proof")
		var hashes [][]byte
		for _, line := range head[2:] {
			hashes = append(hashes, unbase64(line))
		}
		n, under := verify(text[at+2:])
		ensure(n == size && bytes.Equal(under, signed), "checkpoint of a proof")
		ensure(bytes.Equal(lead(leaves[index], index, size, hashes), signed), "inclusion")
		ensure(!bytes.Equal(lead(leaf([]byte("x")), index, size, hashes), signed), "inclusion of another leaf")
	}
	fmt.Printf("{\"size\":%d,\"entries\":%d,\"proofs\":%d}\n", size, len(leaves), len(proofs))
}
