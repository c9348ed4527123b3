// Filework does what programs do with files and tells what it sees: a fixed set of
// steps, printed so that two systems can be compared line by line. Nothing that is
// printed depends on the time, on addresses or on the order of a directory.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

func main() {
	failed := false
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"arguments", arguments},
		{"read", read},
		{"walk", walk},
		{"write", write},
		{"append", appendTo},
		{"seek", seek},
		{"truncate", truncate},
		{"rename", rename},
		{"links", links},
		{"unlinked", unlinked},
		{"directories", directories},
		{"errors", refusals},
		{"times", times},
		{"many", many},
		{"large", large},
		{"memory", memory},
		{"goroutines", goroutines},
		{"stdin", stdin},
	} {
		fmt.Println("==", step.name)
		if err := step.do(); err != nil {
			fmt.Println("failed:", plain(err))
			failed = true
		}
	}
	fmt.Fprintln(os.Stderr, "done")
	if failed || len(os.Args) > 1 && os.Args[1] == "fail" {
		os.Exit(1)
	}
}

// plain is an error without the system's words for it, which differ.
func plain(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{fs.ErrNotExist, "not-exist"},
		{fs.ErrExist, "exist"},
		{fs.ErrPermission, "permission"},
		{fs.ErrInvalid, "invalid"},
		{fs.ErrClosed, "closed"},
		{io.EOF, "eof"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return err.Error()
}

func arguments() error {
	fmt.Printf("%q\n", os.Args[1:])
	return nil
}

func read() error {
	content, err := os.ReadFile("notes/todo.txt")
	if err != nil {
		return err
	}
	fmt.Printf("%s", content)
	file, err := os.Open("bin.dat")
	if err != nil {
		return err
	}
	defer file.Close()
	piece := make([]byte, 7)
	for _, offset := range []int64{0, 250, 2045, 4000} {
		n, err := file.ReadAt(piece, offset)
		fmt.Println(offset, n, piece[:n], err == io.EOF)
	}
	return nil
}

func walk() error {
	return filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if info.IsDir() {
			size = 0
		}
		fmt.Println(path, info.Mode().Type(), size)
		return nil
	})
}

func write() error {
	file, err := os.OpenFile("written.txt", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewWriter(file)
	for i := range 1000 {
		fmt.Fprintf(buffered, "line %d\n", i)
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	content, err := os.ReadFile("written.txt")
	fmt.Printf("%d %x\n", len(content), sha256.Sum256(content))
	return err
}

func appendTo() error {
	file, err := os.OpenFile("written.txt", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for i := range 3 {
		if _, err := fmt.Fprintf(file, "appended %d\n", i); err != nil {
			return err
		}
	}
	if err := file.Close(); err != nil {
		return err
	}
	content, err := os.ReadFile("written.txt")
	fmt.Printf("%d %q\n", len(content), content[len(content)-20:])
	return err
}

func seek() error {
	file, err := os.OpenFile("seek.bin", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("far"), 10_000); err != nil {
		return err
	}
	at, err := file.Seek(-3, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := file.Write([]byte("FAR and on")); err != nil {
		return err
	}
	now, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	fmt.Println(at, now)
	if _, err := file.Seek(9_995, io.SeekStart); err != nil {
		return err
	}
	rest, err := io.ReadAll(file)
	fmt.Printf("%q\n", rest)
	return err
}

func truncate() error {
	for _, size := range []int64{5, 12, 0, 3} {
		if err := os.Truncate("seek.bin", size); err != nil {
			return err
		}
		content, err := os.ReadFile("seek.bin")
		if err != nil {
			return err
		}
		fmt.Printf("%d %q\n", size, content)
	}
	return nil
}

func rename() error {
	if err := os.WriteFile("a.txt", []byte("a"), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile("b.txt", []byte("b"), 0o644); err != nil {
		return err
	}
	if err := os.Rename("a.txt", "b.txt"); err != nil {
		return err
	}
	content, err := os.ReadFile("b.txt")
	if err != nil {
		return err
	}
	_, gone := os.Stat("a.txt")
	fmt.Printf("%s %v\n", content, plain(gone))
	if err := os.Rename("photos", "notes/photos"); err != nil {
		return err
	}
	return list("notes/photos")
}

func links() error {
	if err := os.Symlink("notes/todo.txt", "soft"); err != nil {
		return err
	}
	target, err := os.Readlink("soft")
	if err != nil {
		return err
	}
	through, err := os.Stat("soft")
	if err != nil {
		return err
	}
	itself, err := os.Lstat("soft")
	if err != nil {
		return err
	}
	fmt.Println(target, through.Size(), through.Mode().Type(), itself.Mode().Type())
	if err := os.Link("b.txt", "hard"); err != nil {
		return err
	}
	if err := os.WriteFile("hard", []byte("through the other name"), 0o644); err != nil {
		return err
	}
	one, err := os.Stat("b.txt")
	if err != nil {
		return err
	}
	other, err := os.Stat("hard")
	if err != nil {
		return err
	}
	fmt.Println(os.SameFile(one, other), os.SameFile(one, through), one.Size())
	if err := os.Symlink("loop-b", "loop-a"); err != nil {
		return err
	}
	if err := os.Symlink("loop-a", "loop-b"); err != nil {
		return err
	}
	_, err = os.ReadFile("loop-a")
	fmt.Println("a loop is refused:", err != nil)
	return errors.Join(os.Remove("soft"), os.Remove("loop-a"), os.Remove("loop-b"))
}

// A file lives as long as it is open.
func unlinked() error {
	file, err := os.OpenFile("doomed", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := os.Remove("doomed"); err != nil {
		return err
	}
	if _, err := file.WriteString("still here"); err != nil {
		return err
	}
	content := make([]byte, 10)
	if _, err := file.ReadAt(content, 0); err != nil {
		return err
	}
	_, gone := os.Stat("doomed")
	fmt.Printf("%s, %s\n", content, plain(gone))
	return nil
}

func directories() error {
	if err := os.MkdirAll("x/y/z", 0o755); err != nil {
		return err
	}
	fmt.Println("again:", os.MkdirAll("x/y/z", 0o755))
	fmt.Println("full:", os.Remove("x") != nil)
	if err := os.WriteFile("x/y/f", nil, 0o644); err != nil {
		return err
	}
	if err := list("x/y"); err != nil {
		return err
	}
	if err := os.RemoveAll("x"); err != nil {
		return err
	}
	_, err := os.Stat("x")
	fmt.Println(plain(err))
	temporary, err := os.MkdirTemp(".", "temporary-")
	if err != nil {
		return err
	}
	return os.Remove(temporary)
}

func refusals() error {
	_, err := os.Open("missing")
	fmt.Println("open:", plain(err))
	_, err = os.OpenFile("crlf.txt", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	fmt.Println("exclusive:", plain(err))
	fmt.Println("mkdir:", plain(os.Mkdir("notes", 0o755)))
	fmt.Println("mkdir below nothing:", plain(os.Mkdir("no/such", 0o755)))
	fmt.Println("remove:", plain(os.Remove("missing")))
	fmt.Println("rename:", plain(os.Rename("missing", "x")))
	_, err = os.ReadDir("crlf.txt")
	fmt.Println("list a file:", err != nil)
	_, err = os.ReadFile("notes")
	fmt.Println("read a directory:", err != nil)
	_, err = os.Open("crlf.txt/below")
	fmt.Println("below a file:", err != nil)
	file, err := os.Open("crlf.txt")
	if err != nil {
		return err
	}
	_, err = file.WriteString("x")
	fmt.Println("write what is read:", err != nil)
	if err := file.Close(); err != nil {
		return err
	}
	_, err = file.Read(make([]byte, 1))
	fmt.Println("closed:", plain(err))
	return nil
}

func times() error {
	then := time.Date(2001, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	if err := os.Chtimes("crlf.txt", then, then); err != nil {
		return err
	}
	info, err := os.Stat("crlf.txt")
	if err != nil {
		return err
	}
	fmt.Println(info.ModTime().UTC().Format(time.RFC3339Nano))
	before := time.Now()
	time.Sleep(3 * time.Millisecond)
	fmt.Println("slept:", time.Since(before) >= 3*time.Millisecond)
	return nil
}

func many() error {
	if err := os.Mkdir("many", 0o755); err != nil {
		return err
	}
	for i := range 2000 {
		name := fmt.Sprintf("many/%04d", i)
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir("many")
	if err != nil {
		return err
	}
	hash := sha256.New()
	for _, entry := range entries {
		content, err := os.ReadFile("many/" + entry.Name())
		if err != nil {
			return err
		}
		hash.Write(content)
	}
	fmt.Printf("%d %x\n", len(entries), hash.Sum(nil))
	return os.RemoveAll("many")
}

func large() error {
	source := rand.NewChaCha8([32]byte{})
	content := make([]byte, 3<<20)
	source.Read(content)
	if err := os.WriteFile("large", content, 0o644); err != nil {
		return err
	}
	back, err := os.ReadFile("large")
	fmt.Println(len(back), bytes.Equal(content, back))
	return errors.Join(err, os.Remove("large"))
}

// A heap of 96 MiB, written and read again with calls to the system in between.
func memory() error {
	var pieces [][]byte
	for i := range 96 {
		piece := bytes.Repeat([]byte{byte(i)}, 1<<20)
		pieces = append(pieces, piece)
		if _, err := os.Stat("crlf.txt"); err != nil {
			return err
		}
	}
	sum := 0
	for i, piece := range pieces {
		sum += bytes.Count(piece, []byte{byte(i)})
	}
	fmt.Println(len(pieces), sum)
	return nil
}

func goroutines() error {
	var group sync.WaitGroup
	results := make(chan string, 20)
	for i := range 20 {
		group.Go(func() {
			name := fmt.Sprintf("go-%d", i)
			time.Sleep(time.Duration(i%3) * time.Millisecond)
			err := os.WriteFile(name, []byte(strings.Repeat("x", i)), 0o644)
			info, statErr := os.Stat(name)
			if err = errors.Join(err, statErr, os.Remove(name)); err != nil {
				results <- plain(err)
			} else {
				results <- fmt.Sprintf("%02d", info.Size())
			}
		})
	}
	group.Wait()
	close(results)
	var all []string
	for result := range results {
		all = append(all, result)
	}
	sort.Strings(all)
	fmt.Println(all)
	return nil
}

func stdin() error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("%q\n", lines.Text())
	}
	return lines.Err()
}

func list(directory string) error {
	entries, err := os.ReadDir(directory)
	for _, entry := range entries {
		fmt.Println(directory, entry.Name(), entry.IsDir())
	}
	return err
}
