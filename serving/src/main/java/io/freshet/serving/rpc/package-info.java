/** The engine's doors: gRPC, and the same calls as JSON over HTTP. */
@org.jspecify.annotations.NullMarked
package io.freshet.serving.rpc;
