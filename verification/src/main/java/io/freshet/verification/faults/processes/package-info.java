/**
 * The processes of a fault run and what is done to them: signals, proxies that hold or refuse connections, strangers
 * that connect, and the client that probes the scorer all the while.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.faults.processes;
