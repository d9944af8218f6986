package mutant

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// edit is a kind of change: it finds its places in a function's body.
type edit struct {
	says string
	find func(p *parsed, body *ast.BlockStmt) []splice
}

// Place is a function, or a package, where a change is made.
type Place struct{ folder, function string }

// In is a function of a package, or, where function is empty, whichever of the
// package's functions has the place. Names of calls, variables and fields may
// be given in full or by their end: "Cloud.Version" also stands for "Version".
func In(folder, function string) Place { return Place{folder, function} }

func (w Place) change(says string, find func(p *parsed, body *ast.BlockStmt) []splice) Change {
	return Change{Folder: w.folder, Func: w.function, edit: edit{says, find}}
}

// Everywhere makes the change at every place instead of at the only one.
func (c Change) Everywhere() Change {
	c.every = true
	return c
}

// Begins puts statements first: "return nil" makes it do nothing.
func (w Place) Begins(statements string) Change {
	return w.change("begin with "+statements, func(p *parsed, body *ast.BlockStmt) []splice {
		at := p.offset(body.Lbrace) + 1
		return []splice{{at, at, "\n" + statements + "\n"}}
	})
}

// IsTrue makes the part of a condition that mentions a name always true.
func (w Place) IsTrue(mentions string) Change { return w.condition(mentions, "(true || (%s))") }

// IsFalse makes the part of a condition that mentions a name always false.
func (w Place) IsFalse(mentions string) Change { return w.condition(mentions, "(false && (%s))") }

// Negates turns the part of a condition that mentions a name around.
func (w Place) Negates(mentions string) Change { return w.condition(mentions, "!(%s)") }

func (w Place) condition(mentions, as string) Change {
	return w.change(fmt.Sprintf("make the condition about %s %s", mentions, as), func(p *parsed, body *ast.BlockStmt) []splice {
		var all []splice
		seen := map[ast.Expr]bool{}
		var operands func(e ast.Expr)
		operands = func(e ast.Expr) {
			switch x := e.(type) {
			case *ast.ParenExpr:
				operands(x.X)
				return
			case *ast.BinaryExpr:
				if x.Op == token.LAND || x.Op == token.LOR {
					operands(x.X)
					operands(x.Y)
					return
				}
			}
			if !seen[e] && mentionedIn(e, mentions) {
				seen[e] = true
				all = append(all, p.replace(e, fmt.Sprintf(as, p.of(e))))
			}
		}
		ast.Inspect(body, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.IfStmt:
				operands(x.Cond)
			case *ast.ForStmt:
				if x.Cond != nil {
					operands(x.Cond)
				}
			case *ast.SwitchStmt:
				if x.Tag != nil {
					return true
				}
				for _, s := range x.Body.List {
					for _, e := range s.(*ast.CaseClause).List {
						operands(e)
					}
				}
			case *ast.ReturnStmt:
				for _, e := range x.Results {
					if joined(e) {
						operands(e)
					}
				}
			case *ast.AssignStmt:
				for _, e := range x.Rhs {
					if joined(e) {
						operands(e)
					}
				}
			}
			return true
		})
		return all
	})
}

// joined reports whether an expression is surely a condition.
func joined(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return joined(x.X)
	case *ast.UnaryExpr:
		return x.Op == token.NOT
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ:
			return true
		default:
		}
	}
	return false
}

// DropsCall leaves out a statement that is a call.
func (w Place) DropsCall(name string) Change {
	return w.change("drop the call of "+name, func(p *parsed, body *ast.BlockStmt) []splice {
		return p.drop(body, func(s ast.Stmt) bool {
			e, ok := s.(*ast.ExprStmt)
			if !ok {
				return false
			}
			c, ok := e.X.(*ast.CallExpr)
			return ok && names(c.Fun, name)
		})
	})
}

// DropsAssignment leaves out a statement that assigns to a variable or a field.
func (w Place) DropsAssignment(to string) Change {
	return w.change("drop the assignment to "+to, func(p *parsed, body *ast.BlockStmt) []splice {
		return p.drop(body, func(s ast.Stmt) bool { return assigns(s, to) && s.(*ast.AssignStmt).Tok != token.DEFINE })
	})
}

// CallBecomes puts an expression in the place of a call; $ in it stands for the
// call as it was.
func (w Place) CallBecomes(name, with string) Change {
	return w.change("replace the call of "+name, func(p *parsed, body *ast.BlockStmt) (all []splice) {
		calls(body, name, func(c *ast.CallExpr) { all = append(all, p.replace(c, with)) })
		return all
	})
}

// ArgumentBecomes puts an expression in the place of a call's argument, counted
// from 0; $ in it stands for the argument as it was.
func (w Place) ArgumentBecomes(name string, i int, with string) Change {
	return w.change(fmt.Sprintf("replace argument %d of %s", i, name), func(p *parsed, body *ast.BlockStmt) (all []splice) {
		calls(body, name, func(c *ast.CallExpr) {
			if i < len(c.Args) {
				all = append(all, p.replace(c.Args[i], with))
			}
		})
		return all
	})
}

// NameBecomes puts an expression in the place of each mention of a variable or a
// constant.
func (w Place) NameBecomes(name, with string) Change {
	return w.change("replace "+name, func(p *parsed, body *ast.BlockStmt) (all []splice) {
		var within []ast.Node
		ast.Inspect(body, func(n ast.Node) bool {
			if n == nil {
				within = within[:len(within)-1]
				return true
			}
			if id, ok := n.(*ast.Ident); ok && id.Name == name {
				part := false
				switch x := within[len(within)-1].(type) {
				case *ast.SelectorExpr:
					part = x.Sel == id
				case *ast.KeyValueExpr:
					part = x.Key == id
				}
				if !part {
					all = append(all, p.replace(id, "("+with+")"))
				}
			}
			within = append(within, n)
			return true
		})
		return all
	}).Everywhere()
}

// DropsField leaves a field out of a composite literal.
func (w Place) DropsField(name string) Change {
	return w.change("drop the field "+name, func(p *parsed, body *ast.BlockStmt) (all []splice) {
		fields(body, name, func(lit *ast.CompositeLit, i int) {
			from, to := p.offset(lit.Elts[i].Pos()), p.offset(lit.Rbrace)
			switch {
			case i+1 < len(lit.Elts):
				to = p.offset(lit.Elts[i+1].Pos())
			case i > 0:
				from = p.offset(lit.Elts[i-1].End())
			}
			all = append(all, splice{from, to, ""})
		})
		return all
	})
}

// FieldBecomes puts an expression in the place of a field's value; $ in it stands
// for the value as it was.
func (w Place) FieldBecomes(name, with string) Change {
	return w.change("replace the field "+name, func(p *parsed, body *ast.BlockStmt) (all []splice) {
		fields(body, name, func(lit *ast.CompositeLit, i int) {
			all = append(all, p.replace(lit.Elts[i].(*ast.KeyValueExpr).Value, with))
		})
		return all
	})
}

// Before puts statements before the one that calls something, or assigns to it.
func (w Place) Before(what, statements string) Change { return w.beside(what, statements, false) }

// After puts statements after the one that calls something, or assigns to it.
func (w Place) After(what, statements string) Change { return w.beside(what, statements, true) }

func (w Place) beside(what, statements string, after bool) Change {
	return w.change("put "+statements+" beside "+what, func(p *parsed, body *ast.BlockStmt) (all []splice) {
		statementsOf(body, func(s ast.Stmt) {
			found := assigns(s, what)
			own(s, func(n ast.Node) {
				if c, ok := n.(*ast.CallExpr); ok && names(c.Fun, what) {
					found = true
				}
			})
			switch {
			case !found:
			case after:
				all = append(all, splice{p.offset(s.End()), p.offset(s.End()), "\n" + statements + "\n"})
			default:
				all = append(all, splice{p.offset(s.Pos()), p.offset(s.Pos()), "\n" + statements + "\n"})
			}
		})
		return all
	})
}

// replace is the splice that puts a text in the place of a node; $ in it stands
// for what was there.
func (p *parsed) replace(n ast.Node, with string) splice {
	return splice{p.offset(n.Pos()), p.offset(n.End()), strings.ReplaceAll(with, "$", p.of(n))}
}

// drop leaves statements out. What they use stays used, so that it compiles.
func (p *parsed) drop(body *ast.BlockStmt, which func(ast.Stmt) bool) (all []splice) {
	statementsOf(body, func(s ast.Stmt) {
		if which(s) {
			all = append(all, p.replace(s, "if false {\n$\n}"))
		}
	})
	return all
}

// statementsOf visits every statement of every block.
func statementsOf(body *ast.BlockStmt, visit func(ast.Stmt)) {
	ast.Inspect(body, func(n ast.Node) bool {
		var list []ast.Stmt
		switch x := n.(type) {
		case *ast.BlockStmt:
			list = x.List
		case *ast.CaseClause:
			list = x.Body
		case *ast.CommClause:
			list = x.Body
		}
		for _, s := range list {
			visit(s)
		}
		return true
	})
}

// own visits what belongs to a statement itself and not to one of a block in it.
func own(s ast.Stmt, visit func(ast.Node)) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return false
		}
		visit(n)
		return true
	})
}

// calls visits every call of a name.
func calls(body *ast.BlockStmt, name string, visit func(*ast.CallExpr)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && names(c.Fun, name) {
			visit(c)
		}
		return true
	})
}

// fields visits every field of a name in every composite literal.
func fields(body *ast.BlockStmt, name string, visit func(lit *ast.CompositeLit, i int)) {
	ast.Inspect(body, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		for i, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok && names(kv.Key, name) {
				visit(lit, i)
			}
		}
		return true
	})
}

// assigns reports whether a statement assigns to a name.
func assigns(s ast.Stmt, to string) bool {
	a, ok := s.(*ast.AssignStmt)
	if !ok {
		return false
	}
	for _, e := range a.Lhs {
		if index, ok := e.(*ast.IndexExpr); ok {
			e = index.X
		}
		if names(e, to) {
			return true
		}
	}
	return false
}

// mentionedIn reports whether an expression mentions a name.
func mentionedIn(e ast.Expr, name string) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && names(x, name) {
			found = true
		}
		return !found
	})
	return found
}

// names reports whether an expression is a name, in full or by its end.
func names(e ast.Expr, name string) bool {
	is := ""
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			is = "." + x.Sel.Name + is
			e = x.X
			continue
		case *ast.CallExpr: // as in r.Name().ID
			e = x.Fun
			continue
		case *ast.IndexExpr: // as in parallel.Guard[T] or a.Changes[0].Created
			e = x.X
			continue
		case *ast.Ident:
			is = "." + x.Name + is
		}
		return is != "" && strings.HasSuffix(is, "."+name)
	}
}
