// link_parse.v - works the host's records off in order (docs/LINK.md): packets
// into the slots' stream, register access on the bus; what is to be answered
// goes to link_build.  1 byte/clk, 1 clock a record besides.
//
//   s_axis -> op slot n -> user -> data -----------> m_axis
//                       -> address -> values ------> register bus: write
//                       -> address, count ---------> register bus: read -+
//                       -> skip -------------------> event --------------+-> tell
`default_nettype none
module link_parse #(
    parameter W      = 64,              // stream width in bits: 32, 64
    parameter ERRORS = 8'h40            // register of a slot that hangs, for its event
) (
    input  wire           clk,
    input  wire           rst,
    // bytes of the pipe
    input  wire [7:0]     s_axis_tdata,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // packets
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire [7:0]     m_axis_tdest, // the slot
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // register bus
    output wire           csr_we,
    output wire           csr_re,
    output wire [7:0]     csr_slot,
    output wire [7:0]     csr_addr,
    output wire [31:0]    csr_wdata,
    input  wire           csr_ack,
    input  wire [31:0]    csr_rdata,
    // slots
    input  wire           idle,         // all of them
    input  wire           hung,         // slot 0 takes nothing and gives nothing
    input  wire           stalled,      // a slot's output waits for the ring
    // records for link_build
    output wire           tell,
    output wire [7:0]     m_axis_tell_tdata,
    output wire           m_axis_tell_tvalid,
    input  wire           m_axis_tell_tready
);
    localparam LANES = W / 8;
    localparam LANE  = W == 32 ? 2 : 3; // bits of a lane's number

    localparam [7:0] OP_PKT = 8'd1, OP_PART = 8'd2, OP_WRITE = 8'd3, OP_READ = 8'd4,
                     OP_LOAD = 8'd5, OP_EVENT = 8'd6;
    localparam [7:0] SELF = 8'd255;
    localparam [1:0] NO_SLOT = 2'd1, NO_ANSWER = 2'd2;      // status

    localparam ST_HEAD  = 4'd0;         // op, slot, n
    localparam ST_CASE  = 4'd1;         // what it is
    localparam ST_USER  = 4'd2;
    localparam ST_DATA  = 4'd3;
    localparam ST_ARGS  = 4'd4;         // address, 0, 0 or count
    localparam ST_VALUE = 4'd5;
    localparam ST_WAIT  = 4'd6;         // for what was sent to the slot before
    localparam ST_BUS   = 4'd7;
    localparam ST_TELL  = 4'd8;
    localparam ST_SKIP  = 4'd9;

    // What is told.
    localparam TELL_READ = 3'd0, TELL_HANG = 3'd1, TELL_BUS = 3'd2, TELL_OP = 3'd3, TELL_LOAD = 3'd4;

    reg  [3:0]  st_q;
    reg  [3:0]  at_q;                   // byte of a part of a record
    reg  [7:0]  op_q, slot_q, addr_q;
    reg  [15:0] left_q;                 // bytes of the record, or values, to come
    reg  [31:0] word_q;                 // value written or read
    reg  [2:0]  tell_q;
    reg  [1:0]  status_q;               // of READ
    reg         first_q;                // ... none of its values has been read
    reg         is_read_q;              // op_q is one, known when all of the head is there
    reg         late_q;                 // ... the bus fell silent after the first
    reg  [12:0] timer_q;
    reg         hung_q, hang_q;         // an event about it is due
    reg         few_q;                  // left_q was below 4 a clock ago
    reg         go_q;                   // what was sent before is done

    wire is_packet = op_q == OP_PKT || op_q == OP_PART;
    wire no_slot   = slot_q != 8'd0 && slot_q != SELF;
    // left_q goes down by one at a time, and is not asked for in the clock after
    // it was loaded.
    wire last      = few_q && left_q[1:0] == 2'd1;
    wire none      = few_q && left_q[1:0] == 2'd0;

    // --- bytes ------------------------------------------------------------------
    reg         full_q;                 // a beat waits
    wire        beat_free = !full_q || m_axis_tready || hung;
    wire        eats = st_q == ST_HEAD || st_q == ST_USER || st_q == ST_DATA
                    || st_q == ST_ARGS || st_q == ST_VALUE || st_q == ST_SKIP;
    wire        want = st_q == ST_HEAD ? !hang_q || at_q != 4'd0
                     : eats && !(st_q == ST_SKIP && none);
    wire        step = s_axis_tvalid && s_axis_tready;

    assign s_axis_tready = want && beat_free;

    // n, and the count of READ
    wire        is_count  = st_q == ST_ARGS && is_read_q;
    wire        low_byte  = (st_q == ST_HEAD || is_count) && at_q[1:0] == 2'd2;
    wire        high_byte = (st_q == ST_HEAD || is_count) && at_q[1:0] == 2'd3;

    // --- packets: bytes into lanes -------------------------------------------
    reg  [W-1:0]     data_q;
    reg  [LANES-1:0] keep_q;
    reg  [47:0]      user_q;
    reg  [LANE-1:0]  lane_q;            // next lane, across PARTs
    reg              last_q;
    wire             put = step && st_q == ST_DATA;
    wire             ends = last && op_q == OP_PKT;
    // A packet's end without a byte of its own.
    wire             bare = step && st_q == ST_USER && ends;

    integer k;
    always @(posedge clk) begin
        if (beat_free)
            full_q <= 1'b0;
        if (put) begin
            for (k = 0; k < LANES; k = k + 1)
                if (lane_q == k[LANE-1:0]) begin
                    data_q[k*8 +: 8] <= s_axis_tdata;
                    keep_q <= ({{(LANES-1){1'b0}}, 1'b1} << (k + 1)) - {{(LANES-1){1'b0}}, 1'b1};
                end
            lane_q <= ends ? {LANE{1'b0}} : lane_q + {{(LANE-1){1'b0}}, 1'b1};
            full_q <= ends || &lane_q;
            last_q <= ends;
        end
        if (bare) begin
            if (lane_q == {LANE{1'b0}})
                keep_q <= {LANES{1'b0}};
            lane_q <= {LANE{1'b0}};
            full_q <= 1'b1;
            last_q <= 1'b1;
        end
        if (step && st_q == ST_USER)
            for (k = 0; k < 6; k = k + 1)
                if (at_q[2:0] == k[2:0])
                    user_q[k*8 +: 8] <= s_axis_tdata;
        if (rst) begin
            full_q <= 1'b0;
            lane_q <= {LANE{1'b0}};
        end
    end

    assign m_axis_tdata  = data_q;
    assign m_axis_tkeep  = keep_q;
    assign m_axis_tuser  = user_q;
    assign m_axis_tdest  = slot_q;
    assign m_axis_tlast  = last_q;
    assign m_axis_tvalid = full_q;

    // --- what is told ------------------------------------------------------------
    wire [11:0] n_tell = left_q[11:0] + 12'd1;         // words
    reg  [7:0]  out;
    always @* begin
        out = at_q[1:0] == 2'd0 ? addr_q : 8'd0;    // value of an event
        if (tell_q == TELL_READ || tell_q == TELL_HANG)
            out = word_q[7:0];
        case (at_q)
            4'd0:    out = tell_q == TELL_READ ? OP_READ : tell_q == TELL_LOAD ? OP_LOAD : OP_EVENT;
            4'd1:    out = slot_q;
            4'd2:    out = tell_q == TELL_READ ? {n_tell[5:0], 2'd0} : tell_q == TELL_LOAD ? 8'd1 : 8'd8;
            4'd3:    out = tell_q == TELL_READ ? {2'd0, n_tell[11:6]} : 8'd0;
            4'd4:    out = tell_q == TELL_READ ? addr_q : tell_q == TELL_LOAD ? {6'd0, !status_q[0], 1'b1} : {5'd0, tell_q};
            4'd5:    out = tell_q == TELL_READ ? {6'd0, status_q} : 8'd0;
            4'd6:    out = tell_q == TELL_READ ? left_q[7:0] : 8'd0;
            4'd7:    out = tell_q == TELL_READ ? {4'd0, left_q[11:8]} : 8'd0;
            default: ;
        endcase
    end

    assign tell               = st_q == ST_TELL || (st_q == ST_BUS && !first_q);
    assign m_axis_tell_tdata  = out;
    assign m_axis_tell_tvalid = st_q == ST_TELL;

    wire told = st_q == ST_TELL && m_axis_tell_tready;

    // --- bus ------------------------------------------------------------------
    wire timeout = timer_q[12];
    wire dead    = timeout || status_q != 2'd0 || late_q;   // no use asking
    wire on_bus  = st_q == ST_BUS && !dead;
    wire reads   = is_read_q || tell_q == TELL_HANG;

    assign csr_we    = on_bus && !reads;
    assign csr_re    = on_bus && reads;
    assign csr_slot  = slot_q;
    assign csr_addr  = addr_q;
    assign csr_wdata = word_q;

    wire bus_end  = st_q == ST_BUS && (csr_ack || dead);
    wire go_d     = (idle && !full_q) || hung || slot_q != 8'd0 || timeout;
    wire tell_end = told && (tell_q == TELL_LOAD ? at_q == 4'd4
                             : tell_q == TELL_READ ? (at_q == 4'd7 && none) || (at_q == 4'd11 && last)
                             : at_q == 4'd11);

    always @(posedge clk) begin
        hung_q    <= hung;
        is_read_q <= op_q == OP_READ;
        few_q     <= left_q[15:2] == 14'd0;
        go_q      <= st_q == ST_WAIT && go_d;
        if (step || told)
            at_q <= at_q + 4'd1;
        if ((step && st_q != ST_HEAD && !(st_q == ST_ARGS && is_read_q))
            || (told && tell_q == TELL_READ && at_q == 4'd11))
            left_q <= left_q - 16'd1;
        if (step && low_byte)
            left_q[7:0] <= s_axis_tdata;
        if (step && high_byte)
            left_q[15:8] <= {is_count ? 4'd0 : s_axis_tdata[7:4], s_axis_tdata[3:0]};
        if ((step && st_q == ST_VALUE) || (told && at_q[3]))
            word_q <= {s_axis_tdata, word_q[31:8]};
        else if (st_q == ST_BUS && reads)
            word_q <= csr_rdata;
        if (bus_end && reads && dead)
            word_q <= 32'd0;
        if (!(st_q == ST_WAIT || st_q == ST_BUS) || (st_q == ST_WAIT && go_q))
            timer_q <= 13'd0;
        else if (!stalled)
            timer_q <= timer_q + 13'd1;
        case (st_q)
            ST_HEAD: begin
                first_q  <= 1'b1;
                late_q   <= 1'b0;
                status_q <= 2'd0;
                if (step)
                    case (at_q[1:0])
                        2'd0:    op_q   <= s_axis_tdata;
                        2'd1:    slot_q <= s_axis_tdata;
                        default: ;
                    endcase
                if (step && at_q == 4'd3)
                    st_q <= ST_CASE;
                if (hang_q && at_q == 4'd0) begin
                    tell_q <= TELL_HANG;
                    slot_q <= 8'd0;
                    addr_q <= ERRORS;
                    st_q   <= ST_BUS;
                end
            end
            ST_CASE: begin
                at_q   <= 4'd0;
                addr_q <= op_q;             // for the event
                tell_q <= is_read_q ? TELL_READ : op_q == OP_LOAD ? TELL_LOAD : TELL_OP;
                st_q   <= ST_SKIP;
                if (is_packet && slot_q == 8'd0 && (left_q[15:3] != 13'd0 || &left_q[2:1]))
                    st_q <= ST_USER;
                if (op_q == OP_WRITE && left_q[15:2] != 14'd0)
                    st_q <= ST_ARGS;
                if (is_read_q) begin
                    if (left_q == 16'd4)
                        st_q <= ST_ARGS;
                    else
                        tell_q <= TELL_OP;
                end
                if (no_slot)
                    status_q <= NO_SLOT;
            end
            ST_USER: if (step && at_q == 4'd5) begin
                at_q <= 4'd0;
                st_q <= last ? ST_HEAD : ST_DATA;
            end
            ST_DATA: if (step && last) begin
                at_q <= 4'd0;
                st_q <= ST_HEAD;
            end
            ST_ARGS: if (step) begin
                if (at_q == 4'd0)
                    addr_q <= s_axis_tdata;
                if (at_q == 4'd3) begin
                    at_q <= 4'd0;
                    st_q <= is_read_q ? ST_WAIT : last ? ST_HEAD : ST_VALUE;
                end
            end
            ST_VALUE: if (step) begin
                if (last) begin
                    at_q <= 4'd0;
                    st_q <= ST_HEAD;        // less than a value is none
                end
                if (at_q == 4'd3) begin
                    at_q <= 4'd0;
                    st_q <= ST_WAIT;
                end
            end
            ST_WAIT: if (go_q) begin
                st_q <= is_read_q && none ? ST_TELL : ST_BUS;
            end
            ST_BUS: if (bus_end) begin
                first_q <= 1'b0;
                if (timeout && !first_q)
                    late_q <= 1'b1;
                if (timeout && first_q)
                    status_q <= NO_ANSWER;
                at_q <= first_q ? 4'd0 : 4'd8;
                st_q <= ST_TELL;
                if (!reads) begin
                    at_q    <= 4'd0;
                    first_q <= 1'b1;
                    st_q    <= none ? ST_HEAD : ST_VALUE;
                    if (dead) begin
                        tell_q <= TELL_BUS;
                        st_q   <= ST_SKIP;
                    end
                end
            end
            ST_TELL: begin
                if (told && tell_q == TELL_READ && at_q == 4'd11) begin
                    st_q <= ST_BUS;
                end
                if (tell_end) begin
                    at_q   <= 4'd0;
                    late_q <= 1'b0;
                    tell_q <= TELL_BUS;
                    st_q   <= late_q ? ST_TELL : ST_HEAD;
                end
            end
            ST_SKIP: if (none) begin
                at_q <= 4'd0;
                st_q <= ST_TELL;
            end
            default: st_q <= ST_HEAD;
        endcase
        if (hung && !hung_q)
            hang_q <= 1'b1;
        else if (st_q == ST_BUS && tell_q == TELL_HANG)
            hang_q <= 1'b0;
        if (rst) begin
            st_q   <= ST_HEAD;
            at_q   <= 4'd0;
            hung_q <= 1'b0;
            hang_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // Beats keep the rules of streams, unless the slot hangs and they are thrown
    // away; tlast comes exactly at the end of a PKT; the bus carries one access at a
    // time and holds it until it is acknowledged or the time is over; a record ends
    // after its n bytes, whatever it is.
    reg         past_q = 1'b0;
    reg  [15:0] f_left_q;               // bytes of the record to come
    wire        f_end = step && ((st_q == ST_USER && at_q == 4'd5) || st_q == ST_DATA)
                      && f_left_q == 16'd1;
    wire        f_hang    = tell_q == TELL_HANG;
    wire        f_reading = is_read_q && tell_q == TELL_READ;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (step && st_q != ST_HEAD)
            f_left_q <= f_left_q - 16'd1;
        if (step && st_q == ST_HEAD && at_q == 4'd3)
            f_left_q <= {s_axis_tdata, left_q[7:0]};
        if (rst)
            f_left_q <= 16'd0;
        if (!past_q)
            assume (rst);

        if (past_q && !rst) begin
            assert (st_q <= ST_SKIP);
            assert (!(csr_we && csr_re));
            assert (!full_q || lane_q == {LANE{1'b0}});
            assert (!full_q || (keep_q & (keep_q + 1'b1)) == {LANES{1'b0}});
            assert (!full_q || last_q || &keep_q);
            if (st_q == ST_USER || st_q == ST_DATA)
                assert (is_packet && slot_q == 8'd0);
            // A beat waits inside its packet, before the next record, or while a hang is told.
            if (full_q)
                assert (slot_q == 8'd0 && (st_q == ST_DATA || (st_q == ST_HEAD && at_q == 4'd0)
                        || (f_hang && (st_q == ST_BUS || st_q == ST_TELL))));
            if (lane_q != {LANE{1'b0}})
                assert (keep_q == ({{(LANES-1){1'b0}}, 1'b1} << lane_q) - 1'b1);
            if (st_q == ST_ARGS || st_q == ST_WAIT || st_q == ST_VALUE)
                assert (tell_q == (is_read_q ? TELL_READ : TELL_OP));
            if (st_q == ST_BUS)
                assert (f_hang ? first_q : tell_q == (is_read_q ? TELL_READ : TELL_OP));
            if (st_q == ST_TELL)
                assert (f_hang ? !late_q : is_read_q || tell_q != TELL_READ);
            if (st_q == ST_SKIP)
                assert (!f_hang && tell_q != TELL_READ);
            if (st_q == ST_BUS && f_hang)
                assert (!late_q && f_left_q == 16'd0);
            // Where the record is.
            case (st_q)
                ST_HEAD:  assert (f_left_q == 16'd0 && at_q <= 4'd3);
                ST_CASE:  assert (f_left_q == left_q);
                ST_USER:  assert (f_left_q == left_q && at_q <= 4'd5
                                  && left_q >= 16'd6 - {12'd0, at_q});
                ST_DATA:  assert (f_left_q == left_q && !none);
                ST_ARGS:  assert (at_q <= 4'd3 && (is_read_q ? f_left_q == 16'd4 - {12'd0, at_q}
                                  : f_left_q == left_q && left_q >= 16'd4 - {12'd0, at_q}));
                ST_VALUE: assert (f_left_q == left_q && !none && at_q <= 4'd3 && !is_read_q);
                ST_SKIP:  assert (f_left_q == left_q);
                ST_WAIT:  assert (f_left_q == (is_read_q ? 16'd0 : left_q));
                ST_BUS:   assert (f_left_q == (reads ? 16'd0 : left_q));
                default:  assert (f_left_q == 16'd0);
            endcase
        end
        if (past_q && !rst && !$past(rst)) begin
            if ($past(m_axis_tvalid && !m_axis_tready && !hung)) begin
                assert (m_axis_tvalid);
                assert (m_axis_tdata == $past(m_axis_tdata));
                assert (m_axis_tkeep == $past(m_axis_tkeep));
                assert (m_axis_tuser == $past(m_axis_tuser));
                assert (m_axis_tdest == $past(m_axis_tdest));
                assert (m_axis_tlast == $past(m_axis_tlast));
            end
            // A PKT's last byte makes the last beat; nothing else does.
            if ($past(f_end && op_q == OP_PKT))
                assert (m_axis_tvalid && m_axis_tlast && st_q == ST_HEAD);
            else if (m_axis_tvalid && m_axis_tlast)
                assert ($past(m_axis_tvalid && m_axis_tlast && !m_axis_tready));
            if (st_q == ST_HEAD && $past(st_q == ST_DATA || st_q == ST_USER))
                assert ($past(f_end));
            if ($past((csr_we || csr_re) && !csr_ack) && !timeout) begin
                assert (csr_we == $past(csr_we) && csr_re == $past(csr_re));
                assert (csr_slot == $past(csr_slot) && csr_addr == $past(csr_addr));
                if (csr_we)
                    assert (csr_wdata == $past(csr_wdata));
            end
            if ($past((csr_we || csr_re) && csr_ack))
                assert (!csr_we && !csr_re);
            if ($past(m_axis_tell_tvalid && !m_axis_tell_tready)) begin
                assert (m_axis_tell_tvalid);
                assert (m_axis_tell_tdata == $past(m_axis_tell_tdata));
            end
            if (m_axis_tell_tvalid)
                assert (tell);
            cover (m_axis_tvalid && m_axis_tlast && m_axis_tkeep == {{(LANES-1){1'b0}}, 1'b1});
            cover ($past(csr_we && csr_ack));
            cover (st_q == ST_TELL && f_reading && at_q == 4'd11);
            cover (st_q == ST_HEAD && $past(tell_q == TELL_OP && tell_end));
        end
    end
`endif
endmodule
`default_nettype wire
