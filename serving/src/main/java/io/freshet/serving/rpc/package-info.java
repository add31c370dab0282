/** The engine's <em>calls</em> over the network: gRPC, and the same as JSON over HTTP. */
@org.jspecify.annotations.NullMarked
package io.freshet.serving.rpc;
