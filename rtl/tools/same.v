// same.v - the body of a slot among inputs that are all free, but legal: what
// rtl/tools/same.sh proves mutants equal in.  What the slot never looks at (payload
// without tvalid, bytes beyond the last, taps that are not valid) does not come out.
//
// As in the slot: a reset comes first and may come again; an access stays until it is
// acknowledged, a beat until it is taken; a write finds the body idle, lasts one
// clock, stays on the bus for a second one, and no beat is there in these two.  While
// there is a reset, a common register is on the bus: the one that holds it.  The tuser
// of samples is nobody's.
`default_nettype none
module same #(
    parameter SAMPLES = 0               // 1: beats are whole, tuser does not count
) (
    input  wire        clk,
    input  wire [15:0] mutant,
    // free
    input  wire        rst,
    input  wire [1:0]  access,          // 1: write, 2: read
    input  wire [6:0]  addr,
    input  wire [31:0] value,
    input  wire        valid,
    input  wire [31:0] tdata,
    input  wire [47:0] tuser,
    input  wire [1:0]  n_more,          // bytes of a last beat beyond the first
    input  wire        last,
    input  wire        ready,
    // what comes out
    output wire        began,           // the slot runs: not in the first clock
    output wire [32:0] csr,             // acknowledge, word
    output wire        in,              // a beat is taken
    output wire [85:0] out,             // tvalid, tlast, tuser, tkeep, tdata
    output wire [131:0] taps,           // valid, words
    output wire        still            // idle
);
    reg         began_q;                // the first clock is a reset
    wire        reset = rst || !began_q;

    assign began = began_q;

    reg         read_q;                 // a read waits
    reg         wrote_q;                // the second clock of a write
    reg  [6:0]  addr_q;
    reg  [31:0] value_q;
    reg         offered_q;              // a beat waits
    reg         mid_q;                  // of a packet
    reg  [82:0] beat_q;                 // n_more, last, tuser, tdata

    wire        we = access == 2'd1 && !reset && !read_q && !wrote_q && !offered_q && !mid_q && idle;
    wire        re = !reset && ((access == 2'd2 && !wrote_q) || read_q);
    wire [6:0]  addr_d  = read_q || wrote_q ? addr_q : addr;
    wire [31:0] value_d = read_q || wrote_q ? value_q : value;

    wire [82:0] beat_d  = offered_q ? beat_q : {n_more, last, mid_q ? beat_q[79:32] : tuser, tdata};
    wire        valid_d = offered_q || (valid && began_q && !we && !wrote_q);
    wire [1:0]  more    = SAMPLES != 0 || !beat_d[80] ? 2'd3 : beat_d[82:81];
    wire [3:0]  keep    = {more == 2'd3, more >= 2'd2, more >= 2'd1, 1'b1};
    wire        s_ready;
    wire        csr_ack, idle;
    wire        taken = valid_d && s_ready;

    always @(posedge clk) begin
        began_q   <= 1'b1;
        read_q    <= re && !csr_ack && !reset;
        wrote_q   <= we && !reset;
        addr_q    <= addr_d;
        value_q   <= value_d;
        offered_q <= valid_d && !s_ready && !reset;
        if (valid_d)
            beat_q <= beat_d;
        if (taken)
            mid_q <= !beat_d[80];
        if (reset)
            mid_q <= 1'b0;
    end

    wire [31:0]  data, csr_rdata;
    wire [3:0]   m_keep, tap_valid;
    wire [47:0]  m_user;
    wire         m_last, m_valid;
    wire [31:0]  known = {{8{m_keep[3]}}, {8{m_keep[2]}}, {8{m_keep[1]}}, {8{m_keep[0]}}};
    wire [127:0] tap_data;

    assign csr   = {csr_ack, csr_rdata} & {33{!reset}};
    assign in    = taken && !reset;
    assign out   = {1'b1, m_last, m_user & {48{SAMPLES == 0}}, m_keep, data & known}
                 & {86{m_valid && !reset}};
    assign still = idle && !reset;

    genvar t;
    generate
        for (t = 0; t < 4; t = t + 1) begin : tap
            assign taps[t*33 +: 33] = {1'b1, tap_data[t*32 +: 32]} & {33{tap_valid[t] && !reset}};
        end
    endgenerate

    wire [169:0] constants;             // nobody looks at them here
    wire         unused = &{1'b0, constants};

    slot_body body (
        .clk           (clk),
        .rst           (reset),
        .mutant        (mutant),
        .csr_we        (we),
        .csr_re        (re),
        .csr_ack       (csr_ack),
        .csr_addr      ({!reset, addr_d}),
        .csr_wdata     (value_d),
        .csr_rdata     (csr_rdata),
        .s_axis_tdata  (beat_d[31:0]),
        .s_axis_tkeep  (keep),
        .s_axis_tuser  (beat_d[79:32]),
        .s_axis_tlast  (beat_d[80]),
        .s_axis_tvalid (valid_d),
        .s_axis_tready (s_ready),
        .m_axis_tdata  (data),
        .m_axis_tkeep  (m_keep),
        .m_axis_tuser  (m_user),
        .m_axis_tlast  (m_last),
        .m_axis_tvalid (m_valid),
        .m_axis_tready (ready),
        .idle          (idle),
        .fn_id         (constants[31:0]),
        .layout        (constants[63:32]),
        .capacity      (constants[95:64]),
        .capacity_1    (constants[127:96]),
        .words         (constants[147:128]),
        .words_1       (constants[167:148]),
        .in_packets    (constants[168]),
        .out_packets   (constants[169]),
        .tap_valid     (tap_valid),
        .tap_data      (tap_data)
    );
endmodule
`default_nettype wire
