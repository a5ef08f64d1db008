/**
 * Shared by the runners of all kinds of cases: their interface, the report of calls, and
 * comparisons of numbers and tensors.
 */
package dev.rapt.verify.report;
