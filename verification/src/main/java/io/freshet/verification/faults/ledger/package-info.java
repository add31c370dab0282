/**
 * What must hold after a fault run: the <em>ledger</em> accounts for every delivered record, by the change feed and by
 * the learned state; a <em>cut</em> is the prefix of every partition that a tick ends at.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.faults.ledger;
