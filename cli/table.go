package cli

import (
	"io"
	"strings"
)

// cell is one value of a row and how it looks. Its text is printable.
type cell struct {
	text string
	sgr  sgr
}

const (
	columnGap  = 2
	leastCells = 16 // to which the column that gives way is narrowed, and no further
	shortCells = 12 // to which columns before it are that are wider than it then is
)

// printTable prints lines of cells. In a terminal the columns are aligned, empty ones
// are left out, and where the line is too long the column grow is cut, then the line.
// Elsewhere tabs separate the cells, for programs, and nothing is cut or left out but
// empty cells at the end.
func (e *environment) printTable(rows [][]cell, grow int) error {
	var text strings.Builder
	widths := columnWidths(rows)
	e.narrow(widths, grow)
	for _, row := range rows {
		if e.terminal {
			e.writeAligned(&text, row, widths)
		} else {
			text.WriteString(strings.TrimRight(e.tabbed(row), "\t"))
		}
		text.WriteString("\n")
	}
	_, err := io.WriteString(e.out, text.String())
	return err
}

func (e *environment) tabbed(row []cell) string {
	texts := make([]string, len(row))
	for i, c := range row {
		texts[i] = e.paint(c.sgr, c.text)
	}
	return strings.Join(texts, "\t")
}

func columnWidths(rows [][]cell) []int {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(c.text))
		}
	}
	return widths
}

// narrow takes from one column what the terminal has no room for, and then from wide ones
// before it: what is behind it ends at the edge.
func (e *environment) narrow(widths []int, grow int) {
	if grow >= len(widths) {
		return
	}
	line := -columnGap
	for _, w := range widths {
		if w > 0 {
			line += w + columnGap
		}
	}
	over := max(0, line-e.width)
	take := func(i, least int) {
		taken := max(0, min(over, widths[i]-least))
		widths[i] -= taken
		over -= taken
	}
	take(grow, leastCells)
	for i := range grow {
		if widths[i] > leastCells {
			take(i, shortCells)
		}
	}
}

// writeAligned fills up the cells of a row to the columns' widths, but for those that
// only blanks would follow, and ends at the terminal's edge.
func (e *environment) writeAligned(b *strings.Builder, row []cell, widths []int) {
	last := len(row) - 1
	for last > 0 && row[last].text == "" {
		last--
	}
	room, blanks := e.width, 0
	for i, c := range row[:last+1] {
		if widths[i] == 0 {
			continue
		}
		if room -= blanks; room <= 0 {
			return
		}
		text := cut(cut(c.text, widths[i]), room)
		b.WriteString(strings.Repeat(" ", blanks) + e.paint(c.sgr, text))
		room -= cells(text)
		blanks = widths[i] - cells(text) + columnGap
	}
}

// printRows is printTable for rows without looks, of which the last column gives way.
func (e *environment) printRows(rows [][]string) error {
	table := make([][]cell, len(rows))
	grow := 0
	for i, row := range rows {
		for _, text := range row {
			table[i] = append(table[i], cell{text: text})
		}
		grow = max(grow, len(row)-1)
	}
	return e.printTable(table, grow)
}
