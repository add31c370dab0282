/**
 * The processes of a fault run and what is done to them: signals, proxies that hold or refuse connections, strangers
 * that connect, and the client that probes the scorer all the while.
 *
 * <p>A <em>stray connection</em> speaks to a port as nobody of the job would; the <em>probe</em> asks the scorer the
 * same question all the while, and every answer is kept.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.faults.processes;
