/** What the machine has and consumes: its memory, and energy by the counters of its processors. */
package dev.rapt.machine;
