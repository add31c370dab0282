/**
 * Records on the wire: Avro's single-object encoding and Confluent's framing, the <em>released</em> versions of every
 * schema, and reading that is bounded by the record. A record that is not what it should be is <em>rejected</em>, with
 * a reason.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.schema.wire;
