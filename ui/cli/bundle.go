package cli

import (
	"os"
	"path/filepath"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// checkBundle rejects, before anything is asked or done, a path where no
// support bundle can be written.
func (f *flowFlags) checkBundle() error {
	if f.bundle == "" {
		return nil
	}
	refuse := func(why text.Text) error {
		return &engine.Usage{
			Title: text.New("--bundle %s can't be written", f.bundle), Detail: why,
			Hints: []check.Hint{{Says: text.New("name a file in a folder that you may write to")}},
		}
	}
	if f.bundle == "-" {
		return refuse(text.New("standard output has the report"))
	}
	info, err := os.Stat(f.bundle)
	if os.IsNotExist(err) {
		_, err = os.Stat(filepath.Dir(f.bundle))
	}
	switch {
	case err != nil:
		return refuse(plain(err))
	case info != nil && info.IsDir():
		return refuse(errDirectory.Text())
	}
	return nil
}

// writeBundle writes the support bundle for its owner alone.
func (r *flowRun) writeBundle(result engine.Report) error {
	data, err := engine.Bundle(result, r.Version, time.Now())
	if err != nil {
		return err
	}
	file, err := openOwned(r.flags.bundle, os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
