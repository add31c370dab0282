/**
 * What real logs and real operators do: silent, expired and added partitions, clocks that lie, poison, two of what
 * there may be one of, and commands that must end and speak. All of it from the outside, as a user meets the product:
 * with processes, topics, answers, exit codes and what is printed.
 */
package io.freshet.endtoend.field;
