// top.v - OrangeCrab r0.2 (LFE5U-25F): 48 MHz from the oscillator, without PLL, and a
// serial line of 3 Mbaud, 3.3 V, on two pins of its header, for an adapter.
`default_nettype none
module top #(
    parameter        W     = 64,        // stream width in bits: 32, 64
    parameter        WATCH = 1,         // 1: the slot gives telemetry
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire clk,
    // serial line
    input  wire rx,
    output wire tx
);
    wire running;

    uart_fabric #(.W (W), .CLOCK_HZ (48_000_000), .BUILD (BUILD), .WATCH (WATCH),
                  .CLOCKS_PER_BIT (16)) board (
        .clk     (clk),
        .stable  (1'b1),
        .rx      (rx),
        .tx      (tx),
        .running (running)
    );

    wire unused = &{1'b0, running};     // its lamps share a bank with the memory
endmodule
`default_nettype wire
