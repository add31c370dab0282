/** Proof that the parts hold together: architecture rules, budgets, and the whole path with real processes. */
package io.freshet.endtoend;
