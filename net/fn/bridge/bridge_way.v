// bridge_way.v - one way of the station table: an entry for each set, twice, so
// that destination and source are read in one clock.  Entry, 85 bits:
// {valid, epoch 4, port 4, tick 16, VLAN 12, MAC 48}.
//
//   copy a   destinations, then the set that is swept
//   copy b   sources, then words for the window
//
// The window shows where the copies part, so that who compares all words sees a
// fault in either: then a word is not what copy b has.
//
// What was read in one clock is compared in the next.  A packet that comes two
// or three clocks after another reads before that one's station is written:
// 'late' says that this entry is the one, and 'late_key', 'late_port' what is
// being written to it.
`default_nettype none
module bridge_way #(
    parameter LOG2 = 10                 // 2^LOG2 sets
) (
    input  wire            clk,
    // ageing
    input  wire [15:0]     tick,
    input  wire [15:0]     max_age,     // 0: never
    input  wire [63:0]     epochs,      // of port k at [k*4 +: 4]
    // reads
    input  wire            a_re,
    input  wire [LOG2-1:0] a_set,
    input  wire            b_re,
    input  wire [LOG2-1:0] b_set,
    // what was read against the packet's keys, {VLAN, MAC}
    input  wire [59:0]     dst_key,
    input  wire [59:0]     src_key,
    input  wire            dst_late,
    input  wire            src_late,
    input  wire            src_swept,   // ... was swept out since it was read
    input  wire [59:0]     late_key,
    input  wire [3:0]      late_port,
    output wire            dst_hit,     // the destination is here, fresh
    output wire [3:0]      dst_port,
    output wire            src_same,    // the source is here, fresh or not
    output wire            src_fresh,   // the entry is in use: not free
    output wire [3:0]      src_port,
    // sweep: what copy a gave, unless it was learned since then
    input  wire            sweep,
    input  wire            sweep_spare,
    input  wire [LOG2-1:0] sweep_set,
    output wire            aged,
    // a station is written
    input  wire            learn,
    input  wire [LOG2-1:0] learn_set,
    // window: a word of what copy b gave; write merges and writes it back
    input  wire            host_we,
    input  wire [LOG2-1:0] host_set,
    input  wire [1:0]      host_word,
    input  wire            host_both,   // copy a was read with copy b
    input  wire [31:0]     host_wdata,
    output reg  [31:0]     host_rdata
);
    wire [84:0] a, b;

    wire [15:0] a_age   = tick - a[75:60];
    wire [15:0] b_age   = tick - b[75:60];
    wire        a_fresh = a[84] && (max_age == 16'd0 || a_age <= max_age) && a[83:80] == epochs[a[79:76]*4 +: 4];
    wire        b_fresh = b[84] && (max_age == 16'd0 || b_age <= max_age) && b[83:80] == epochs[b[79:76]*4 +: 4];
    wire [3:0]  epoch   = epochs[late_port*4 +: 4];

    assign dst_hit   = dst_late ? late_key == dst_key : a_fresh && a[59:0] == dst_key;
    assign dst_port  = dst_late ? late_port : a[79:76];
    assign src_same  = src_late ? late_key == src_key
                                : b[84] && !src_swept && b[59:0] == src_key;
    assign src_fresh = src_late || b_fresh;
    assign src_port  = src_late ? late_port : b[79:76];
    assign aged      = sweep && a[84] && !a_fresh && !sweep_spare;

    // --- window -------------------------------------------------------------
    reg [84:0] host_entry;
    reg [31:0] a_word, b_word;

    always @* begin
        host_entry = b;
        case (host_word)
            2'd0: begin
                host_entry[31:0] = host_wdata;
                a_word           = a[31:0];
                b_word           = b[31:0];
            end
            2'd1: begin
                host_entry[59:32] = {host_wdata[31:20], host_wdata[15:0]};
                a_word            = {a[59:48], 4'd0, a[47:32]};
                b_word            = {b[59:48], 4'd0, b[47:32]};
            end
            default: begin
                host_entry[84:60] = {host_wdata[31], host_wdata[23:0]};
                a_word            = {a[84], 7'd0, a[83:60]};
                b_word            = {b[84], 7'd0, b[83:60]};
            end
        endcase
        // Moved by a bit, so that it does not mend what is wrong in copy b.
        host_rdata = b_word ^ ({a_word[30:0] ^ b_word[30:0], a_word[31] ^ b_word[31]} & {32{host_both}});
    end

    // --- memory: one write port, for the three in turn ------------------------
    wire            we    = learn || aged || host_we;
    wire [LOG2-1:0] wset  = learn ? learn_set : aged ? sweep_set : host_set;
    wire [84:0]     wdata = learn ? {1'b1, epoch, late_port, tick, late_key}
                          : aged  ? {1'b0, a[83:0]} : host_entry;

    net_ram #(.W (85), .LOG2 (LOG2)) copy_a (
        .clk     (clk),
        .we      (we),
        .waddr   (wset),
        .wdata   (wdata),
        .re      (a_re),
        .raddr   (a_set),
        .rdata_q (a)
    );

    net_ram #(.W (85), .LOG2 (LOG2)) copy_b (
        .clk     (clk),
        .we      (we),
        .waddr   (wset),
        .wdata   (wdata),
        .re      (b_re),
        .raddr   (b_set),
        .rdata_q (b)
    );

    wire unused = &{1'b0, host_wdata[30:24]};
endmodule
`default_nettype wire
