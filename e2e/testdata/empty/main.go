// Command empty is the least that a Go process costs.
package main

func main() {}
